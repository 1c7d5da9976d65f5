import { type Database, shownTools, showTools } from '../../state';
import { Denial } from '../denial';
import type { Change, ManifestStore, Seen } from '../manifest';
import { type Scribe, toolWritten } from './write';

/** What servers showed of their tools, in the database: each replica judges by what any of them saw last. */
export class StoredManifests implements ManifestStore {
  constructor(
    private readonly database: Database,
    private readonly scribe: Scribe,
    private readonly problem: (error: Error) => void,
  ) {}

  async shown(operations: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map(operations.map((operation) => [this.nameOf(operation), operation]));
    const rows = await this.asked(shownTools(this.database, [...names.keys()]));
    return new Map([...rows].flatMap(([name, digest]) => [[names.get(name) ?? '', digest] as const]));
  }

  async change(changes: readonly Change[], seen: Seen): Promise<void> {
    const rows = changes.map((change) => ({
      name: this.nameOf(change.operation),
      digest: change.digest,
      entry: toolWritten(this.scribe, change, seen),
    }));
    await this.asked(showTools(this.database, rows));
  }

  private nameOf(operation: string): string {
    return `${this.scribe.environment}/${operation}`;
  }

  private async asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.problem(error as Error);
      throw new Denial('unavailable', 'what servers showed of their tools cannot be read or recorded');
    }
  }
}
