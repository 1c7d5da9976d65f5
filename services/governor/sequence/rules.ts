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
    case 'onlyWhen':
      return { all: [{ is: { operation: rule.condition.operation } }, { not: succeeded(rule.condition) }] };
    case 'deny':
      return exceeded(rule.condition);
  }
}

/** What a condition says, at its widest: a call counts from its request on, whatever came of it. */
function measured(condition: SequenceConditionConfig): Formula {
  const of = { operation: condition.operation, phase: 'request' } as const;
  const within = condition.withinSeconds * SECOND;
  switch (condition.kind) {
    case 'countOver':
      return { count: of, over: condition.over, within };
    case 'sumOver':
      return { sum: of, argument: condition.argument, over: condition.over, within };
    case 'distinctOver':
      return { distinct: of, argument: condition.argument, over: condition.over, within };
    case 'formerly':
      return { formerly: { operation: condition.other, phase: 'request' }, within };
    case 'previous':
      return { previous: { operation: condition.other }, among: 'request', within };
    case 'since':
      return {
        since: { operation: condition.other },
        held: condition.held.map((operation) => ({ operation })),
        among: 'request',
        within,
      };
  }
}

type OrderConfig = Extract<SequenceRuleConfig, { kind: 'onlyWhen' }>['condition'];

/** What an order says, at its narrowest: what is still in flight, or failed, comes before nothing. */
function succeeded(order: OrderConfig): Formula {
  const within = order.withinSeconds * SECOND;
  const answered = { operation: order.other, phase: 'response' } as const;
  return order.kind === 'previous'
    ? { previous: answered, within }
    : { since: answered, held: order.held.map((operation) => ({ operation })), within };
}

/** True where the condition holds of the call. */
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
  const all = [...sequence, ...needsApproval].map((rule): [string, Scope | undefined] => {
    const of = 'condition' in rule ? rule.condition : rule;
    return [rule.id, 'scope' in of ? of.scope : undefined];
  });
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
