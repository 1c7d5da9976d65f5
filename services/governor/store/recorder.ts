import { type Recorder as Commit, Refused, type Written } from '../../state';
import { Denial } from '../denial';
import { type Decision, HeadMoved, isJudgedBy, type Outcome, type Recorder } from '../record';
import type { Event } from '../sequence/event';
import type { SequenceStep } from './read';
import type { Sequences, Withdraw } from './sequences';
import { decisionWritten, outcomeWritten, type Scribe } from './write';

const REFUSALS = {
  'run-stopped': 'somebody stopped this run',
  'run-paused': 'the run waits until somebody resumes it',
  'run-unknown': 'the run is over',
} as const;

/** Decisions and outcomes as durable entries. What lets a call through is only ever kept by the database. */
export class StoredRecorder implements Recorder {
  constructor(
    private readonly commit: Commit,
    private readonly sequences: Sequences,
    private readonly scribe: Scribe,
    private readonly problem: (error: Error) => void,
  ) {}

  async decision(decision: Decision, head: string | undefined): Promise<void> {
    const { claim, at } = decision;
    const event = decision.event === undefined ? undefined : this.needed(decision.event);
    const step = event === undefined ? undefined : { at, event, claims: [], ...(claim ? { used: claim.id } : {}) };
    await this.record(decisionWritten(this.scribe, { ...decision, head: head ?? decision.head }), step);
  }

  async outcome(outcome: Outcome): Promise<void> {
    const { at, phase, claims, event: request } = outcome;
    const event = request === undefined ? undefined : { ...request, at, phase, arguments: {} };
    const made = claims.map((claim) => ({ ...claim, agent: outcome.agent }));
    const step = { at, claims: made, ...(event ? { event } : {}) };
    // What nothing is judged by may share a flush that comes anyway.
    await this.record(outcomeWritten(this.scribe, outcome), step, !isJudgedBy(outcome));
  }

  /** With the arguments that rules read, and no others: it is remembered. */
  private needed(event: Event): Event {
    const names = this.scribe.needs.arguments(event.operation);
    return {
      ...event,
      arguments: Object.fromEntries(Object.entries(event.arguments).filter(([n]) => names.includes(n))),
    };
  }

  private async record(entry: Written, step: SequenceStep | undefined, patient = false): Promise<void> {
    const expected: Withdraw[] =
      step === undefined
        ? []
        : (entry.steps ?? []).map(({ sequence }) => this.sequences.expect(sequence, entry.text, step));
    const withdraw = (): void => {
      for (const one of expected) one();
    };
    try {
      if ((await this.commit.record(entry, patient)) === 'database') return;
      // Nobody sees it in the sequence before the database has it.
      withdraw();
      this.problem(new Error('the database did not keep an entry; it waits in the spool'));
    } catch (error) {
      withdraw();
      if (!(error instanceof Refused)) {
        this.problem(error as Error);
        throw error;
      }
      if (error.refusal === 'moved') throw new HeadMoved();
      throw new Denial(error.refusal, REFUSALS[error.refusal]);
    }
  }
}
