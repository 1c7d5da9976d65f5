import { type DecisionEntry, type Entry, entry as entrySchema, type OutcomeEntry } from '../contract';
import { type Database, openDatabase, readFrom, size } from '../services/state';

export interface Recorded {
  readonly index: number;
  readonly entry: Entry;
}

const BATCH = 500;
const LOOK_MILLISECONDS = 100;

/** Follows what becomes durable, in its order. */
export class Records {
  private readonly byTrace = new Map<string, DecisionEntry>();
  private readonly outcomes = new Map<string, OutcomeEntry>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;
  private failure: Error | undefined;

  private constructor(
    private readonly database: Database,
    private next: number,
    private readonly told: (recorded: Recorded) => void,
  ) {}

  /** From now on. @param told of each entry, once */
  static async follow(folder: string, told: (recorded: Recorded) => void): Promise<Records> {
    const database = await openDatabase(`pglite:${folder}`, 'reader');
    const records = new Records(database, await size(database), told);
    records.later();
    return records;
  }

  /**
   * The decision about a request of this trace that was answered: it was durable before, so one look is enough.
   * @throws Error when there is none
   */
  async decision(trace: string): Promise<DecisionEntry> {
    await this.refresh();
    const found = this.byTrace.get(trace);
    if (found === undefined) throw this.failure ?? new Error(`no record of the trace ${trace}`);
    return found;
  }

  /** What came of a decision, as far as that was durable when it was looked for. */
  outcome({ id }: Pick<DecisionEntry, 'id'>): OutcomeEntry | undefined {
    return this.outcomes.get(id);
  }

  /** Tells the rest, and ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.refresh();
    await this.database.close();
  }

  private later(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.refresh().then(() => this.later()), LOOK_MILLISECONDS);
  }

  /** One look after the other. */
  private refresh(): Promise<void> {
    this.looking = this.looking.then(() => this.look());
    return this.looking;
  }

  private async look(): Promise<void> {
    try {
      for (;;) {
        const rows = await readFrom(this.database, this.next, BATCH);
        for (const { index, text } of rows) this.take({ index, entry: entrySchema.parse(JSON.parse(text)) });
        if (rows.length < BATCH) return;
      }
    } catch (error) {
      this.failure = error as Error;
    }
  }

  private take(recorded: Recorded): void {
    const { entry } = recorded;
    this.next = recorded.index + 1;
    if (entry.kind === 'decision' && entry.how.trace !== undefined) this.byTrace.set(entry.how.trace, entry);
    if (entry.kind === 'outcome') this.outcomes.set(entry.decision, entry);
    this.told(recorded);
  }
}
