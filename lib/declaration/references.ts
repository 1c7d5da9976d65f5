import type { DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import type { Agent } from './agent';
import { overlaps, parseCidr } from './cidr';
import { type Endpoint, hostOf } from './endpoint';
import type { EnvironmentDeclaration } from './environment';
import type { Argument, HttpOperation, Operation } from './operation';

type Findings = DeclarationFinding[];

/** Object names are lower case with '-': what two declared names become. */
export const objectName = (declared: string): string => declared.toLowerCase().replaceAll('_', '-');

const collisions = (section: string, names: readonly string[], out: Findings): void => {
  const seen = new Map<string, string>();
  for (const declared of names) {
    const other = seen.get(objectName(declared));
    if (other !== undefined)
      out.push({
        path: `${section}.${declared}`,
        found: declared,
        expected: `a name that differs from '${other}' in more than case and '_'`,
        fix: 'rename one of the two',
      });
    seen.set(objectName(declared), declared);
  }
};

const duplicates = (path: string, values: readonly string[], out: Findings): void => {
  values.forEach((value, i) => {
    if (values.indexOf(value) < i)
      out.push({ path: `${path}[${i}]`, found: value, expected: 'each entry once', fix: 'remove the repetition' });
  });
};

/** Every declared operation by its reference. */
export const operationsOf = (env: EnvironmentDeclaration): Map<string, Operation | HttpOperation> =>
  new Map(
    Object.entries(env.tools).flatMap(([tool, t]) =>
      Object.entries(t.operations).map(([op, o]) => [`${tool}.${op}`, o] as const),
    ),
  );

/** References to operations that an agent's rules make, with their paths. */
const ruleReferences = (path: string, agent: Agent): [path: string, operation: string][] => [
  ...agent.needsApproval.map((rule, i): [string, string] =>
    rule.kind === 'operation'
      ? [`${path}.needsApproval[${i}].operation`, rule.operation]
      : [`${path}.needsApproval[${i}].condition.operation`, rule.condition.operation],
  ),
  ...agent.sequence.flatMap((rule, i): [string, string][] =>
    rule.kind === 'neverBefore'
      ? []
      : [
          [`${path}.sequence[${i}].operation`, rule.operation],
          ...(rule.kind === 'onlyAfter' ? ([[`${path}.sequence[${i}].after`, rule.after]] as [string, string][]) : []),
        ],
  ),
];

const sums = (path: string, agent: Agent, operations: ReadonlyMap<string, Operation>, out: Findings): void => {
  agent.needsApproval.forEach((rule, i) => {
    if (rule.kind !== 'when' || rule.condition.kind !== 'sumOver') return;
    const argument: Argument | undefined = operations.get(rule.condition.operation)?.arguments?.[
      rule.condition.argument
    ];
    if (argument?.kind !== 'number' && argument?.kind !== 'integer')
      out.push({
        path: `${path}.needsApproval[${i}].condition.argument`,
        found: rule.condition.argument,
        expected: `a number argument of ${rule.condition.operation}`,
        fix: 'declare it with Argument.number or Argument.integer, or use Sequence.count',
      });
  });
};

const agentReferences = (
  name: string,
  agent: Agent,
  env: EnvironmentDeclaration,
  operations: ReadonlyMap<string, Operation>,
  out: Findings,
): void => {
  const path = `agents.${name}`;
  agent.models.forEach((model, i) => {
    if (!Object.hasOwn(env.models, model))
      out.push({
        path: `${path}.models[${i}]`,
        found: model,
        expected: `one of: ${Object.keys(env.models).join(', ') || '(no model is declared)'}`,
        fix: didYouMean(model, Object.keys(env.models)) ?? 'declare it under models',
      });
  });
  agent.tools.forEach((operation, i) => {
    if (!operations.has(operation))
      out.push({
        path: `${path}.tools[${i}]`,
        found: operation,
        expected: 'a declared operation, as <tool>.<operation>',
        fix: didYouMean(operation, operations.keys()) ?? 'declare it under tools',
      });
  });
  for (const [where, operation] of ruleReferences(path, agent))
    if (!agent.tools.includes(operation))
      out.push({
        path: where,
        found: operation,
        expected: `an operation that ${name} may call`,
        fix:
          didYouMean(operation, agent.tools) ??
          'a rule about an operation the agent does not have can never apply: remove it, or add the operation to tools',
      });
  sums(path, agent, operations, out);
  duplicates(`${path}.models`, agent.models, out);
  duplicates(`${path}.tools`, agent.tools, out);
  duplicates(`${path}.mayAsk`, agent.mayAsk, out);
  duplicates(`${path}.behaviour.writes`, agent.behaviour.writes, out);
  const classes = env.platform.runtimeClasses ?? {};
  if (agent.isolation.kind !== 'userNamespace' && classes[agent.isolation.kind] === undefined)
    out.push({
      path: `${path}.isolation`,
      found: agent.isolation.kind,
      expected: `an isolation this platform has`,
      fix: `name the RuntimeClass in platform.runtimeClasses.${agent.isolation.kind}, or use Isolation.userNamespace()`,
    });
};

/** Private upstreams may not sit on the cluster's own addresses: those are other pods, nodes or the API server. */
const clusterRanges = (path: string, at: Endpoint, env: EnvironmentDeclaration, out: Findings): void => {
  if (
    at.kind === 'inCluster' &&
    (at.namespace === env.name || at.namespace === `${env.name}-control` || at.namespace === 'kube-system')
  )
    out.push({
      path: `${path}.namespace`,
      found: at.namespace,
      expected: 'a namespace outside the environment and the control plane',
      fix: 'run the upstream in a namespace of its own',
    });
  if (at.kind !== 'private') return;
  const { pods, services, nodes, apiServer } = env.platform;
  at.cidrs.forEach((cidr, i) => {
    const mine = parseCidr(cidr);
    const hit = [...pods, ...services, ...nodes, ...apiServer.cidrs].find((r) => {
      const range = parseCidr(r);
      return mine !== undefined && range !== undefined && overlaps(mine, range);
    });
    if (hit !== undefined)
      out.push({
        path: `${path}.cidrs[${i}]`,
        found: cidr,
        expected: `a range outside the cluster (${hit} is the platform's)`,
        fix: 'use InCluster.service for a Service of this cluster',
      });
  });
};

const upstreams = (env: EnvironmentDeclaration): [string, Endpoint][] => [
  ...Object.entries(env.models).map(([n, m]): [string, Endpoint] => [`models.${n}.at`, m.at]),
  ...Object.entries(env.tools).map(([n, t]): [string, Endpoint] => [`tools.${n}.at`, t.at]),
  ...(env.state.kind === 'postgres' ? ([['state.at', env.state.at]] as [string, Endpoint][]) : []),
  ['platform.telemetry', env.platform.telemetry],
];

/** What a schema of single values cannot see: references, collisions, repetitions, ranges against the platform. */
export function referenceProblems(env: EnvironmentDeclaration): DeclarationFinding[] {
  const out: Findings = [];
  for (const section of ['models', 'tools', 'agents'] as const) collisions(section, Object.keys(env[section]), out);
  if (Object.keys(env.agents).length === 0)
    out.push({
      path: 'agents',
      found: '{}',
      expected: 'at least one agent',
      fix: 'declare the agents of the environment',
    });
  if (Object.keys(env.agents).length > 100)
    out.push({
      path: 'agents',
      found: `${Object.keys(env.agents).length} agents`,
      expected: 'at most 100 agents',
      fix: 'split it into several environments',
    });
  const operations = operationsOf(env);
  for (const [tool, t] of Object.entries(env.tools))
    collisions(`tools.${tool}.operations`, Object.keys(t.operations), out);
  for (const [name, agent] of Object.entries(env.agents)) agentReferences(name, agent, env, operations, out);
  for (const [path, at] of upstreams(env)) clusterRanges(path, at, env, out);
  duplicates('approvals.approvers', env.approvals.approvers, out);
  duplicates('owner.deployers', env.owner.deployers, out);
  if (env.host === env.approvals.host)
    out.push({
      path: 'approvals.host',
      found: hostOf({ kind: 'external', host: env.host, port: 443 }),
      expected: "a host other than the agents'",
      fix: 'people who decide and people who ask come through different doors',
    });
  return out;
}
