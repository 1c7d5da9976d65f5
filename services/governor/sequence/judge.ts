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

const idsWhere = (formulas: ReadonlyMap<string, Formula>, momentOf: (id: string) => Moment): string[] =>
  [...formulas].flatMap(([id, formula]) => (holds(formula, momentOf(id)) ? [id] : []));

const isSame = (a: Event['user'], b: Event['user']): boolean => a?.issuer === b?.issuer && a?.subject === b?.subject;

/**
 * Step 5: the call in its sequence. The past is that of the run; without a run it is everything the agent did, in any
 * run, so that leaving the run's handle away never leads out of a sequence.
 * @param whole everything that the agent did, where a rule looks further than the run @default - the past
 */
export function judgeSequence(
  rules: Rules,
  past: readonly Event[],
  call: Event,
  whole: readonly Event[] = past,
): Facts {
  const moments = {
    run: { past, call },
    agent: { past: whole, call },
    user: { past: whole.filter(({ user }) => isSame(user, call.user)), call },
  };
  const momentOf = (id: string): Moment => moments[rules.scopes.get(id) ?? 'run'];
  return {
    violated: idsWhere(rules.violated, momentOf),
    exceeded: idsWhere(rules.exceeded, momentOf),
    taint: taintOf(past),
  };
}
