import { createHash } from 'node:crypto';
import type { Agent } from '../../declaration';
import { entities, readCedar, type Statement } from '../cedar';
import type { Manifest, Problem, Rule } from '../types';
import { at, show } from '../values';
import type { View } from '../view';

const FILE = "data['policies.cedar']";
const only = (values: readonly string[] | undefined): string | undefined =>
  values?.length === 1 ? values[0] : undefined;

/** Asking an agent: only those the declaration names. */
const askExcess = (view: View, { principal, resource }: Statement): string | undefined => {
  const agent = view.declaration.agents[only(entities(resource, 'Agent')) ?? ''];
  const [group, user] = [only(entities(principal, 'Group')), only(entities(principal, 'User'))];
  const asker = group === undefined ? `user:${user}` : `group:${group}`;
  return agent?.mayAsk.some((declared) => declared === asker) === true
    ? undefined
    : `${show(principal)} was not declared to ask`;
};

/** Calling a model: only by its exact names. */
const inferExcess = (view: View, agent: Agent, { resource }: Statement): string | undefined => {
  const wire = only(entities(resource, 'Model'));
  const names = agent.models.flatMap((m) => (view.declaration.models[m]?.names ?? []).map((n) => `${m}/${n}`));
  return wire !== undefined && names.includes(wire) ? undefined : `${show(resource)} is no model of the agent`;
};

/** Why a permit is wider than the declaration; undefined where it is not. */
const excess = (view: View, statement: Statement): string | undefined => {
  const actions = entities(statement.action, 'Action') ?? [];
  if (actions.length === 0) return 'it permits every action';
  if (actions.join() === 'ask') return askExcess(view, statement);
  const agent = view.declaration.agents[only(entities(statement.principal, 'Agent')) ?? ''];
  if (agent === undefined) return `it permits ${show(statement.principal)}, no declared agent`;
  if (actions.join() === 'infer') return inferExcess(view, agent, statement);
  const foreign = actions.find((a) => !(agent.tools as readonly string[]).includes(a));
  return foreign === undefined ? undefined : `${foreign} is no operation of the agent`;
};

/** Whether a forbid covers these operations of an agent. */
const covers = ({ principal, action, resource }: Statement, agent: string, operations: readonly string[]): boolean => {
  const [who, what] = [entities(principal, 'Agent'), entities(action, 'Action')];
  const where = entities(resource, 'Tool');
  return (
    (who === undefined || who.includes(agent)) &&
    operations.every((o) => what === undefined || what.includes(o)) &&
    operations.every((o) => where === undefined || where.includes(o.split('.')[0] ?? ''))
  );
};

interface Wanted {
  readonly id: string;
  readonly agent: string;
  readonly operations: readonly string[];
  readonly conditions: string;
  readonly effect: string | undefined;
}

/** Forbids that the declaration demands. */
const wanted = (view: View): readonly Wanted[] =>
  Object.entries(view.declaration.agents).flatMap(([name, agent]) => [
    ...agent.needsApproval.map((rule, i): Wanted => {
      const id = `${name}.approval.${i}`;
      const when = rule.kind === 'operation' ? '' : `when { context.run.exceeded.contains("${id}") } `;
      const operation = rule.kind === 'operation' ? rule.operation : rule.condition.operation;
      return {
        id,
        agent: name,
        operations: [operation],
        conditions: `${when}unless { context.run.approved }`,
        effect: 'needs_approval',
      };
    }),
    ...(agent.tools.length === 0 ? [] : agent.sequence).map((_, i): Wanted => {
      const id = `${name}.sequence.${i}`;
      return {
        id,
        agent: name,
        operations: agent.tools,
        conditions: `when { context.run.violated.contains("${id}") }`,
        effect: undefined,
      };
    }),
  ]);

const statementProblems = (view: View, map: Manifest, text: string): Problem[] => {
  const { statements, rest } = readCedar(text);
  const unread = rest === '' ? [] : [{ object: map, path: FILE, problem: `nobody can read '${show(rest)}'` }];
  const wide = statements
    .filter((s) => s.effect === 'permit')
    .flatMap((s) => {
      const problem = excess(view, s);
      return problem === undefined
        ? []
        : [{ object: map, path: FILE, problem: `permit ${s.annotations.id ?? ''}: ${problem}` }];
    });
  const missing = wanted(view)
    .filter(
      (w) =>
        !statements.some(
          (s) =>
            s.effect === 'forbid' &&
            s.annotations.id === w.id &&
            s.annotations.effect === w.effect &&
            s.conditions === w.conditions &&
            covers(s, w.agent, w.operations),
        ),
    )
    .map((w) => ({ object: map, path: FILE, problem: `no forbid stands for the rule ${w.id}` }));
  return [...unread, ...wide, ...missing];
};

const digests = new Map<string, string>();
const digestOf = (schema: string, policies: string): string => {
  const key = `${schema}\0${policies}`;
  const known = digests.get(key);
  if (known !== undefined) return known;
  if (digests.size > 64) digests.clear();
  const digest = `sha256:${createHash('sha256').update(key).digest('hex')}`;
  digests.set(key, digest);
  return digest;
};

export const rule: Rule = {
  id: 'policies-permit-the-declared',
  layer: 'identity',
  info: 'The authorization policy permits more than was declared, lacks a forbid, or is not the one its digest names.',
  explanation:
    'approvals are bound to the digest of the policy, and what no policy permits is denied: one permit too many is a right that nobody reviewed',
  fix: 'change the declaration; schema and policies are generated from it together with their digest',
  check: (view): Problem[] => {
    const policies = view.configuration('governor', 'policies.cedar');
    const schema = view.configuration('governor', 'schema.cedarschema');
    const governor = view.configuration('governor', 'governor.json');
    if (policies === undefined || schema === undefined || governor === undefined)
      return [
        {
          object: `Namespace ${view.names.control}`,
          path: '',
          problem: 'the governor mounts no schema or no policies',
        },
      ];
    const found = at(governor.value, 'policies');
    const digest = digestOf(schema.text, policies.text);
    const out: Problem[] = [];
    if (at(found, 'digest') !== digest)
      out.push({
        object: governor.map,
        path: "data['governor.json'].policies.digest",
        problem: `it is ${show(at(found, 'digest'))}, and the files give ${digest}`,
      });
    if (
      at(found, 'policies') !== '/etc/firepit/policies/policies.cedar' ||
      at(found, 'schema') !== '/etc/firepit/policies/schema.cedarschema'
    )
      out.push({
        object: governor.map,
        path: "data['governor.json'].policies",
        problem: 'the governor reads other policies than these',
      });
    return [...out, ...statementProblems(view, policies.map, policies.text)];
  },
};
