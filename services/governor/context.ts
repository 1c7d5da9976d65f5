import type { Run } from './identify/runs';
import type { User } from './identify/user';
import type { Parsed } from './parse/request';
import type { Event } from './sequence/event';

/** Who asks: a person at the front, an agent at the back, in a run or on its own. */
export type Caller =
  | { readonly door: 'front'; readonly agent: string; readonly user: User }
  | { readonly door: 'back'; readonly agent: string; readonly run: Run | undefined };

/** A request that was let through, until its answer has passed. */
export interface Pending {
  /** Id of its decision. */
  readonly decision: string;
  readonly parsed: Parsed;
  readonly caller: Caller;
  /** The run that it belongs to, or opened. */
  readonly run: string | undefined;
  /** What its sequence has of it; undefined where it is no operation. */
  readonly event: Event | undefined;
}
