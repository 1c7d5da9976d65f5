import type { Claim } from './explain';
import type { Event } from './sequence/event';

/** A claim in a past. In a run, several agents ask models; what one of them asked for explains no call of another. */
export interface MadeClaim extends Claim {
  readonly agent: string;
}

/** What happened so far, as the store has it. */
export interface Past {
  /** Requests that were let through and their outcomes, oldest first. */
  readonly events: readonly Event[];
  /** What models asked for, oldest first. */
  readonly claims: readonly MadeClaim[];
  /** Ids of claims that explained a call. */
  readonly used: ReadonlySet<string>;
  /** Changes with every event. A decision is recorded for this head or not at all. */
  readonly head: string;
}

/**
 * How new a past has to be: as it is `remembered`, for an allow alone, whose record asks whether it is still so; as it was
 * when its run was `found` a moment ago; or `new`.
 */
export type Freshness = 'remembered' | 'found' | 'new';

/** Reads the past of a sequence. */
export interface History {
  /**
   * @param run undefined ⇒ of everything the agent did, in any run
   * @param fresh @default 'found'
   * @throws Denial when it cannot be known
   */
  past(agent: string, run: string | undefined, fresh?: Freshness): Promise<Past>;
}
