import type { Event, Taint } from './event';
import type { Rules } from './rules';
import { type Formula, holds, type Moment } from './temporal';

/** What the sequence says about a call: facts for policies, approvals and records. */
export interface Facts {
  /** Ids of rules that the call would break. */
  readonly violated: readonly string[];
  /** Ids of conditions that the call would exceed. */
  readonly exceeded: readonly string[];
  /** What the run has read, or is reading. */
  readonly taint: readonly Taint[];
}

const taintOf = (past: readonly Event[]): Taint[] =>
  [...new Set(past.flatMap(({ phase, returns }) => (phase === 'request' ? returns : [])))].sort();

const idsWhere = (formulas: ReadonlyMap<string, Formula>, moment: Moment): string[] =>
  [...formulas].flatMap(([id, formula]) => (holds(formula, moment) ? [id] : []));

/**
 * Step 5: the call in its sequence. The past is that of the run; without a run it is everything the agent did, in any
 * run, so that leaving the run's handle away never leads out of a sequence.
 */
export function judgeSequence(rules: Rules, past: readonly Event[], call: Event): Facts {
  const moment = { past, call };
  return {
    violated: idsWhere(rules.violated, moment),
    exceeded: idsWhere(rules.exceeded, moment),
    taint: taintOf(past),
  };
}
