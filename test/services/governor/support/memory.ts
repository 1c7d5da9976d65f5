import type { History, MadeClaim, Past } from '../../../../services/governor/history';
import type { Handed, Run, RunStore } from '../../../../services/governor/identify/runs';
import type { Change, ManifestStore, Seen } from '../../../../services/governor/manifest';
import { type Decision, HeadMoved, type Outcome, type Recorder } from '../../../../services/governor/record';
import type { Event } from '../../../../services/governor/sequence/event';

/** Record, history and runs of a test: what the store does, in memory and in one process. */
export class Memory implements Recorder, History, RunStore, ManifestStore {
  readonly decisions: Decision[] = [];
  readonly outcomes: Outcome[] = [];
  readonly runs = new Map<string, Run>();
  readonly handles = new Map<string, Handed>();
  readonly changes: (Change & Seen)[] = [];
  /** Runs before a decision is kept: another replica, a failure. */
  before: (decision: Decision) => void = () => undefined;

  async decision(decision: Decision, head: string | undefined): Promise<void> {
    this.before(decision);
    const judged = decision.wide ? undefined : decision.run;
    if (head !== undefined && head !== this.now(decision.agent ?? '', judged).head) throw new HeadMoved();
    this.decisions.push(decision);
  }
  async outcome(outcome: Outcome): Promise<void> {
    this.outcomes.push(outcome);
  }

  async past(agent: string, run: string | undefined): Promise<Past> {
    return this.now(agent, run);
  }

  /** In one step with what is decided on it, as a transaction is. */
  private now(agent: string, run: string | undefined): Past {
    const own = this.decisions.filter((d) => (run === undefined ? d.agent === agent : d.run === run));
    const allowed = own.filter(({ effect }) => effect === 'allow');
    const ends = allowed.flatMap((decision) =>
      this.outcomes.filter((o) => o.decision === decision.id).map((o) => ({ decision, o })),
    );
    const events: Event[] = [
      ...allowed.flatMap(({ event }) => event ?? []),
      ...ends.flatMap(({ decision: { event }, o }) =>
        event === undefined ? [] : [{ ...event, at: o.at, phase: o.phase }],
      ),
    ];
    const claims: MadeClaim[] = ends.flatMap(({ o }) => o.claims.map((claim) => ({ ...claim, agent: o.agent })));
    const used = new Set(allowed.flatMap(({ claim }) => claim?.id ?? []));
    return { events: events.sort((a, b) => a.at - b.at), claims, used, head: `${allowed.length}-${ends.length}` };
  }

  async shown(operations: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(
      this.changes.flatMap(({ operation, digest }) =>
        operations.includes(operation) ? [[operation, digest] as const] : [],
      ),
    );
  }
  async change(changes: readonly Change[], seen: Seen): Promise<void> {
    this.changes.push(...changes.map((change) => ({ ...change, ...seen })));
  }

  async add(run: Run): Promise<void> {
    this.runs.set(run.id, run);
  }
  async find(id: string): Promise<Run | undefined> {
    return this.runs.get(id);
  }
  async hand(handed: Handed): Promise<void> {
    this.handles.set(handed.id, handed);
  }
  async handed(id: string): Promise<Handed | undefined> {
    return this.handles.get(id);
  }
}
