import { type Database, turnedRuns } from '../../state';
import type { Run } from '../identify/runs';

/** Whether a run goes on; `unknown` while the store cannot be asked, which is a no. */
export type RunState = Run['state'] | 'unknown';

/** How late a call in progress may learn that its run was turned. */
export const WATCH_MILLISECONDS = 200;
/** After that long without an answer nobody knows any more. */
const SILENT_MILLISECONDS = 2_000;

interface Watched {
  readonly run: string;
  readonly told: (state: RunState) => void;
  state: RunState | undefined;
}

/**
 * Tells calls in progress what becomes of their runs. One question for all of them, and only for what was turned since
 * the last: the index of the entry that turned a run leaves nothing out.
 */
export class Watch {
  private readonly watched = new Map<string, Set<Watched>>();
  /** Those who were told nothing yet. */
  private fresh = new Set<Watched>();
  private after = -1;
  private answered = 0;
  private silent = false;
  private timer: NodeJS.Timeout | undefined;
  private asking = false;

  constructor(
    private readonly database: Database,
    private readonly problem: (error: Error) => void,
    private readonly milliseconds = WATCH_MILLISECONDS,
    private readonly silence = SILENT_MILLISECONDS,
  ) {}

  /** @returns ends it */
  add(run: string, told: (state: RunState) => void): () => void {
    const one: Watched = { run, told, state: undefined };
    const all = this.watched.get(run) ?? new Set();
    this.watched.set(run, all.add(one));
    this.fresh.add(one);
    if (this.timer === undefined) {
      this.answered = performance.now();
      this.timer = setInterval(() => this.tick(), this.milliseconds).unref();
    }
    void this.ask();
    return () => this.remove(one);
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.watched.clear();
    this.fresh.clear();
  }

  private remove(one: Watched): void {
    const all = this.watched.get(one.run);
    all?.delete(one);
    this.fresh.delete(one);
    if (all?.size === 0) this.watched.delete(one.run);
    if (this.watched.size === 0) this.close();
  }

  private tick(): void {
    if (performance.now() - this.answered > this.silence && !this.silent) {
      this.silent = true;
      for (const one of this.everyone()) this.tell(one, 'unknown');
    }
    void this.ask();
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const fresh = this.silent ? this.everyone() : [...this.fresh];
    try {
      const turned = await turnedRuns(this.database, this.after, [...new Set(fresh.map(({ run }) => run))]);
      this.answered = performance.now();
      this.silent = false;
      const states = new Map(turned.map(({ id, state }) => [id, state]));
      this.after = turned.reduce((last, { turned: index }) => Math.max(last, index), this.after);
      for (const one of fresh) {
        this.fresh.delete(one);
        if (!states.has(one.run)) this.tell(one, 'unknown');
      }
      for (const [run, state] of states) for (const one of this.watched.get(run) ?? []) this.tell(one, state);
    } catch (error) {
      this.problem(error as Error);
    } finally {
      this.asking = false;
    }
  }

  private everyone(): Watched[] {
    return [...this.watched.values()].flatMap((all) => [...all]);
  }

  private tell(one: Watched, state: RunState): void {
    if (one.state === state || !this.watched.get(one.run)?.has(one)) return;
    one.state = state;
    one.told(state);
  }
}
