import { randomUUID } from 'node:crypto';
import { type Entry, entry as entrySchema } from '../../../../contract';
import type { Run } from '../../../../services/governor/identify/runs';
import type { Decision } from '../../../../services/governor/record';
import { openStore, type Store } from '../../../../services/governor/store';
import { type Database, openDatabase, readFrom } from '../../../../services/state';
import { configOf, decision, run, START } from './example';

/** A database to keep state in. */
export interface Kept {
  readonly url: string;
  readonly end: () => Promise<void> | void;
}

/** One database, and replicas that come and go. Each test has an environment of its own in it. */
export class World {
  name = 'first';
  now = START;
  problems: string[] = [];
  url = '';
  owner!: Database;
  eraser!: Database;
  private kept: Kept | undefined;
  private readonly open: Store[] = [];

  /** @param runs of properties */
  constructor(
    private readonly start: () => Promise<Kept>,
    readonly runs: number,
  ) {}

  async begin(): Promise<void> {
    this.kept = await this.start();
    this.url = this.kept.url;
    await this.replica();
    this.owner = await openDatabase(this.url, 'owner');
    this.eraser = await openDatabase(this.url, 'eraser');
  }
  fresh(): void {
    this.name = `desk-${randomUUID()}`;
    this.now = START;
    this.problems = [];
  }
  /** The first replica stays: it keeps what is in memory. */
  async leave(from = 1): Promise<void> {
    for (const store of this.open.splice(from)) await store.close();
  }
  async end(): Promise<void> {
    await this.leave(0);
    await this.owner?.close();
    await this.eraser?.close();
    await this.kept?.end();
  }

  readonly replica = async (): Promise<Store> => {
    const store = await openStore(configOf(this.name), {
      replica: `governor-${this.open.length}`,
      address: this.url,
      clock: () => this.now,
      problem: (error) => this.problems.push(error.message),
    });
    this.open.push(store);
    return store;
  };
  readonly opened = async (store: Store, change: Partial<Run> = {}): Promise<string> => {
    const one = run(change);
    await store.runs.add(one);
    await store.runs.find(one.id);
    return one.id;
  };
  /** A decision on what is there now. */
  readonly recorded = async (store: Store, change: Partial<Decision> = {}): Promise<Decision> => {
    const { head } = await store.history.past('payer', change.run, 'new');
    const made = decision({ head, ...change });
    await store.recorder.decision(made, head);
    return made;
  };
  readonly entries = async (from: number): Promise<Entry[]> =>
    (await readFrom(this.owner, from, 10_000)).map(({ text }) => entrySchema.parse(JSON.parse(text)));
  /** What only who owns the database could do. */
  readonly administrator = async (table: string, sql: string): Promise<void> => {
    await this.owner.ask(`alter table firepit.${table} disable trigger all`);
    await this.owner.ask(sql);
    await this.owner.ask(`alter table firepit.${table} enable trigger all`);
  };
}
