import type { Run } from '../identify/runs';

/** Some 5 MB. */
const MOST = 10_000;

/**
 * Runs that were found open, so that a call whose record asks whether its run still is need not ask before. All else of
 * a run never changes.
 */
export class OpenRuns {
  private readonly known = new Map<string, Run>();

  /** @param most that are remembered; the oldest goes first @default 10,000 */
  constructor(private readonly most = MOST) {}

  find(id: string): Run | undefined {
    return this.known.get(id);
  }

  /** What was found under an id: an open run, or something that is none. */
  found(id: string, run: Run | undefined): void {
    this.known.delete(id);
    if (run?.state !== 'open') return;
    this.known.set(id, run);
    const [oldest] = this.known.keys();
    if (this.known.size > this.most && oldest !== undefined) this.known.delete(oldest);
  }
}
