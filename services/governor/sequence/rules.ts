import type { GovernorConfig } from '../../../contract/governor';
import type { SequenceConditionConfig, SequenceRuleConfig } from '../../../contract/sequence';
import type { Formula } from './temporal';

const SECOND = 1000;
/** A rule that names no window holds for as long as the run. */
const WHOLE_RUN = Number.POSITIVE_INFINITY;

/** True where the call would break the rule. */
export function broken(rule: SequenceRuleConfig): Formula {
  switch (rule.kind) {
    case 'atMost':
      return {
        all: [
          { is: { operation: rule.operation } },
          {
            count: { operation: rule.operation, phase: 'request' },
            over: rule.times,
            within: rule.perSeconds * SECOND,
          },
        ],
      };
    // From the request on, not from the result: its first bytes may be read before its outcome is known, and an error
    // may carry as much as a result.
    case 'neverBefore':
      return {
        all: [
          { is: { reach: rule.before } },
          { formerly: { returns: rule.taint, phase: 'request' }, within: WHOLE_RUN },
        ],
      };
    case 'onlyAfter':
      return {
        all: [
          { is: { operation: rule.operation } },
          { not: { formerly: { operation: rule.after, phase: 'response' }, within: rule.withinSeconds * SECOND } },
        ],
      };
  }
}

const measured = (condition: SequenceConditionConfig): Formula => {
  const of = { operation: condition.operation, phase: 'request' } as const;
  const within = condition.withinSeconds * SECOND;
  return condition.kind === 'countOver'
    ? { count: of, over: condition.over, within }
    : { sum: of, argument: condition.argument, over: condition.over, within };
};

/** True where the call would bring the measure over its threshold. */
export const exceeded = (condition: SequenceConditionConfig): Formula => ({
  all: [{ is: { operation: condition.operation } }, measured(condition)],
});

type RuledAgent = Pick<GovernorConfig['agents'][string], 'sequence' | 'needsApproval'>;

/** The rules of an agent by their ids, as statements. */
export interface Rules {
  /** Broken ⇒ denied. */
  readonly violated: ReadonlyMap<string, Formula>;
  /** Exceeded ⇒ a person is asked. */
  readonly exceeded: ReadonlyMap<string, Formula>;
  /** Of those that look further than the run, over what. */
  readonly scopes: ReadonlyMap<string, Scope>;
}

export type Scope = 'agent' | 'user';

const scopesOf = ({ sequence, needsApproval }: RuledAgent): [string, Scope][] => {
  const all = [
    ...sequence.map((rule) => [rule.id, rule.kind === 'atMost' ? rule.scope : undefined] as const),
    ...needsApproval.map((rule) => [rule.id, rule.kind === 'when' ? rule.condition.scope : undefined] as const),
  ];
  return all.flatMap(([id, scope]): [string, Scope][] => (scope === undefined ? [] : [[id, scope]]));
};

export const rulesOf = (agent: RuledAgent): Rules => ({
  scopes: new Map(scopesOf(agent)),
  violated: new Map(agent.sequence.map((rule) => [rule.id, broken(rule)])),
  exceeded: new Map(
    agent.needsApproval.flatMap((rule): [string, Formula][] =>
      rule.kind === 'when' ? [[rule.id, exceeded(rule.condition)]] : [],
    ),
  ),
});
