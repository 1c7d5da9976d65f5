import type { Agent } from '../../declaration';
import { operationsOf } from '../../declaration/references';
import type { Problem, Rule } from '../types';
import type { View } from '../view';

/** Whether every call of an operation waits for a person. */
const alwaysAsked = (agent: Agent, operation: string): boolean =>
  agent.needsApproval.some((r) => r.kind === 'operation' && r.operation === operation);

/** Measures that every call brings nearer to their threshold; an order, or another value, need never come. */
const BOUNDS: ReadonlySet<string> = new Set(['countOver', 'sumOver']);

/** Of which operation a rule bounds the calls: by a person from some point on, a count, what must come before. */
const boundedBy = (rule: Agent['needsApproval' | 'sequence'][number]): string | undefined => {
  if (rule.kind === 'neverBefore') return undefined;
  if (rule.kind === 'operation' || rule.kind === 'atMost' || rule.kind === 'onlyAfter') return rule.operation;
  const { kind, operation } = rule.condition;
  return rule.kind === 'onlyWhen' || BOUNDS.has(kind) ? operation : undefined;
};

const bounded = (agent: Agent, operation: string): boolean =>
  [...agent.needsApproval, ...agent.sequence].some((rule) => boundedBy(rule) === operation);

const agentProblems = (view: View, name: string, agent: Agent): Problem[] => {
  const operations = operationsOf(view.declaration);
  return agent.tools.flatMap((reference) => {
    const operation = operations.get(reference);
    const path = `declaration: agents.${name}.needsApproval`;
    const object = `agent ${name}`;
    if (operation?.effect === 'destructive' && !alwaysAsked(agent, reference))
      return [
        {
          object,
          path,
          problem: `${reference} destroys, and nobody is asked`,
          fix: `add Approval.of('${reference}'), or take the operation from the agent`,
        },
      ];
    if (operation?.effect === 'write' && operation.reach === 'external' && !bounded(agent, reference))
      return [
        {
          object,
          path,
          problem: `${reference} writes to the outside, and nothing bounds it`,
          fix: `add Approval.of or Approval.when, or Sequence.atMost or Sequence.only, for '${reference}'`,
        },
      ];
    return [];
  });
};

export const rule: Rule = {
  id: 'risky-operations-wait',
  layer: 'people',
  info: 'An agent may destroy without anybody being asked, or write to the outside without bound.',
  explanation:
    'what cannot be taken back is what a person must see before it happens; what leaves the house a thousand times an hour is as bad as what destroys',
  fix: 'declare needsApproval or a sequence rule for the operation, or take it from the agent',
  check: (view) => Object.entries(view.declaration.agents).flatMap(([name, agent]) => agentProblems(view, name, agent)),
};
