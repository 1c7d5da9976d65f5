import type { JsonObject } from '../parse/json';
import type { Person } from '../record';

export type Taint = 'untrusted' | 'sensitive';
export type Reach = 'internal' | 'external';

/**
 * One step of a run that was let through: the request once it was allowed, later what came of it. A call without an
 * outcome is in flight, and counts.
 */
export interface Event {
  /** Milliseconds on the clock of the store. */
  readonly at: number;
  /** Of the call; its request and its outcome share it. */
  readonly call: string;
  readonly phase: 'request' | 'response' | 'error';
  /** `<tool>.<operation>`. */
  readonly operation: string;
  readonly reach: Reach;
  /** What its result may carry. */
  readonly returns: readonly Taint[];
  readonly arguments: JsonObject;
  /** For whom it was; undefined where the agent acted on its own. */
  readonly user?: Person | undefined;
}
