import type { Decision, Outcome, Recorder } from '../record';
import type { Telemetry } from './telemetry';

/** The record, with a span for everything that is in it. */
export class TracedRecorder implements Recorder {
  constructor(
    private readonly inner: Recorder,
    private readonly telemetry: Pick<Telemetry, 'decided' | 'ended'>,
  ) {}

  async decision(decision: Decision, head: string | undefined): Promise<void> {
    await this.inner.decision(decision, head);
    this.telemetry.decided(decision);
  }

  async outcome(outcome: Outcome): Promise<void> {
    try {
      await this.inner.outcome(outcome);
    } catch (error) {
      // Nothing of an answer passes that is not on record.
      this.telemetry.ended({ ...outcome, phase: 'error', withheld: true, code: 'unavailable' });
      throw error;
    }
    this.telemetry.ended(outcome);
  }
}
