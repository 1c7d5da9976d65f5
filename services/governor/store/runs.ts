import {
  type Database,
  expireRuns,
  findHandle,
  findRun,
  handRun,
  openRun,
  type RunRow,
  runSequence,
  turnRun,
} from '../../state';
import type { Handed, Run, RunStore } from '../identify/runs';
import type { Person } from '../record';
import type { StoredHistory } from './history';
import { OpenRuns } from './open-runs';
import type { RunState, Watch } from './watch';
import { runWritten, type Scribe } from './write';

/** Who changed a run, and why: it goes on record. */
export interface Turn {
  readonly by: Person;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Runs with what people may do to them. Each change holds for every replica from the moment it resolves. */
export interface RunControl extends RunStore {
  /** Open ⇒ paused: its calls are held. @returns what it is now; undefined if there is no such run */
  pause(run: string, turn: Turn): Promise<Run['state'] | undefined>;
  /** Paused ⇒ open. @returns what it is now; undefined if there is no such run */
  resume(run: string, turn: Turn): Promise<Run['state'] | undefined>;
  /** For good. @returns what it is now; undefined if there is no such run */
  stop(run: string, turn: Turn): Promise<Run['state'] | undefined>;
  /** Forgets runs that expired before a time, in milliseconds since 1970; entries stay. @returns how many */
  expire(before: number): Promise<number>;
  /**
   * Tells the state of a run now and at every change, for as long as a call of it is held or streams.
   * @returns ends it
   */
  watch(run: string, told: (state: RunState) => void): () => void;
}

/** Each turn by its event: where it leads, and from where. */
const TURNS = {
  paused: ['paused', ['open']],
  resumed: ['open', ['paused']],
  stopped: ['stopped', ['open', 'paused']],
} as const satisfies Record<string, readonly [Run['state'], readonly Run['state'][]]>;

/** Runs in the database. Finding one reads its sequence as well: most calls of a run need both. */
export class StoredRuns implements RunControl {
  private readonly open = new OpenRuns();

  constructor(
    private readonly database: Database,
    private readonly history: StoredHistory,
    private readonly scribe: Scribe,
    private readonly watching: Watch,
  ) {}

  async add(run: Run): Promise<void> {
    const { id, agent, user, opened, expires } = run;
    const entry = runWritten(this.scribe, 'opened', run, user, opened, 'a person asked the agent');
    await openRun(this.database, { id, agent, user, opened, expires }, entry);
  }

  async find(id: string, lately = false): Promise<Run | undefined> {
    const known = lately ? this.open.find(id) : undefined;
    if (known !== undefined) return known;
    const run = await this.history.reading(runSequence(id), async (from) => {
      const found = await findRun(this.database, id, from);
      return { steps: found?.steps, value: found?.run };
    });
    this.open.found(id, run);
    return run;
  }

  pause(run: string, turn: Turn): Promise<Run['state'] | undefined> {
    return this.turn('paused', run, turn);
  }
  resume(run: string, turn: Turn): Promise<Run['state'] | undefined> {
    return this.turn('resumed', run, turn);
  }
  stop(run: string, turn: Turn): Promise<Run['state'] | undefined> {
    return this.turn('stopped', run, turn);
  }

  expire(before: number): Promise<number> {
    return expireRuns(this.database, before);
  }

  watch(run: string, told: (state: RunState) => void): () => void {
    return this.watching.add(run, told);
  }

  hand(handed: Handed): Promise<void> {
    return handRun(this.database, handed);
  }

  handed(id: string): Promise<Handed | undefined> {
    return findHandle(this.database, id);
  }

  private async turn(
    event: keyof typeof TURNS,
    id: string,
    { by, reason, at }: Turn,
  ): Promise<RunRow['state'] | undefined> {
    const found = await findRun(this.database, id, { after: Number.MAX_SAFE_INTEGER });
    if (found === undefined) return undefined;
    const [target, origins] = TURNS[event];
    return turnRun(this.database, id, target, origins, runWritten(this.scribe, event, found.run, by, at, reason));
  }
}
