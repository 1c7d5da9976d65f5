import { type Decision, isJudgedBy, type Outcome, type Recorder } from '../record';

/** Answers that may be ahead of their outcomes at a time. */
const AHEAD = 1_000;

/**
 * The record of an answer that nothing is judged by follows the answer, within milliseconds. Once one of them is not
 * kept, answers wait for their outcomes until one is kept again. See docs/decisions/0038.
 */
export class FollowingRecorder implements Recorder {
  private readonly following = new Set<Promise<void>>();
  private failing = false;

  /** @param lost told of an answer that passed, and whose outcome nobody could keep */
  constructor(
    private readonly inner: Recorder,
    private readonly lost: (outcome: Outcome) => void,
  ) {}

  decision(decision: Decision, head: string | undefined): Promise<void> {
    return this.inner.decision(decision, head);
  }

  async outcome(outcome: Outcome): Promise<void> {
    if (isJudgedBy(outcome) || this.failing || this.following.size >= AHEAD) return this.kept(outcome);
    const kept = this.later(outcome).catch(() => this.lost(outcome));
    this.following.add(kept);
    void kept.then(() => this.following.delete(kept));
  }

  /** Resolves when no outcome is under way that nobody waits for. */
  async idle(): Promise<void> {
    while (this.following.size > 0) await Promise.all(this.following);
  }

  /** After the answer was handed on, which costs it nothing then. */
  private async later(outcome: Outcome): Promise<void> {
    await new Promise(setImmediate);
    await this.kept(outcome);
  }

  private async kept(outcome: Outcome): Promise<void> {
    try {
      await this.inner.outcome(outcome);
      this.failing = false;
    } catch (error) {
      this.failing = true;
      throw error;
    }
  }
}
