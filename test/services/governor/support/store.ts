import type { Run } from '../../../../services/governor/identify/runs';
import type { RunState, Store } from '../../../../services/governor/store';
import { Memory } from './memory';

/** A store in memory, whose runs the test pauses, resumes and stops. */
export class MemoryStore extends Memory {
  private readonly watchers = new Map<string, Set<(state: RunState) => void>>();
  watched = 0;

  turn(run: string, state: RunState): void {
    const found = this.runs.get(run);
    if (found !== undefined && state !== 'unknown') this.runs.set(run, { ...found, state });
    for (const told of [...(this.watchers.get(run) ?? [])]) told(state);
  }

  watch(run: string, told: (state: RunState) => void): () => void {
    const watchers = this.watchers.get(run) ?? new Set();
    this.watchers.set(run, watchers.add(told));
    this.watched++;
    told(this.runs.get(run)?.state ?? 'unknown');
    return () => {
      if (watchers.delete(told)) this.watched--;
    };
  }

  /** As a governor opens it. */
  opened(): Store {
    const changed = async (run: string, state: Run['state']): Promise<Run['state'] | undefined> => {
      this.turn(run, state);
      return this.runs.get(run)?.state;
    };
    return {
      recorder: this,
      history: this,
      runs: {
        add: (run) => this.add(run),
        find: (id) => this.find(id),
        hand: (handed) => this.hand(handed),
        handed: (id) => this.handed(id),
        pause: (run) => changed(run, 'paused'),
        resume: (run) => changed(run, 'open'),
        stop: (run) => changed(run, 'stopped'),
        expire: async () => 0,
        watch: (run, told) => this.watch(run, told),
      },
      manifests: this,
      ready: async () => undefined,
      close: async () => undefined,
    };
  }
}
