import { createHash } from 'node:crypto';
import { type GovernorConfig, governorConfig } from '../../contract/governor';
import type { SequenceConditionConfig } from '../../contract/sequence';
import { ConfigurationError, configurationOf, readMounted, shown } from '../common/configuration';

/** What a governor runs on, read once: a change of it is a rollout. */
export interface Configuration {
  readonly config: GovernorConfig;
  readonly schema: string;
  readonly policies: string;
}

const operationsOf = ({ tools }: GovernorConfig): ReadonlySet<string> =>
  new Set(
    Object.entries(tools).flatMap(([tool, { operations }]) => Object.keys(operations).map((name) => `${tool}.${name}`)),
  );

const ofCondition = (path: string, condition: SequenceConditionConfig): [path: string, operation: string][] => [
  [`${path}.operation`, condition.operation],
  ...('other' in condition ? [[`${path}.other`, condition.other] as [string, string]] : []),
  ...('held' in condition ? condition.held.map((held, i): [string, string] => [`${path}.held.${i}`, held]) : []),
];

/** Operations that an agent's rules speak of. */
const named = (agent: GovernorConfig['agents'][string]): [path: string, operation: string][] => [
  ...agent.operations.map((operation, i): [string, string] => [`operations.${i}`, operation]),
  ...agent.needsApproval.flatMap((rule, i): [string, string][] =>
    rule.kind === 'operation'
      ? [[`needsApproval.${i}.operation`, rule.operation]]
      : ofCondition(`needsApproval.${i}.condition`, rule.condition),
  ),
  ...agent.sequence.flatMap((rule, i): [string, string][] => {
    if (rule.kind === 'neverBefore') return [];
    if ('condition' in rule) return ofCondition(`sequence.${i}.condition`, rule.condition);
    const own: [string, string] = [`sequence.${i}.operation`, rule.operation];
    return rule.kind === 'onlyAfter' ? [own, [`sequence.${i}.after`, rule.after]] : [own];
  }),
];

const twice = (config: GovernorConfig, key: 'serviceAccount' | 'certificateName'): string[] => {
  const owners = new Map<string, string>();
  return Object.entries(config.agents).flatMap(([name, agent]) => {
    const other = owners.get(agent[key]);
    owners.set(agent[key], name);
    return other === undefined
      ? []
      : [`agents.${name}.${key}: found ${shown(agent[key])}, as of ${other}; expected: one of its own`];
  });
};

/** What the schema cannot say: names that exist, identities that differ. */
const inconsistencies = (config: GovernorConfig): string[] => {
  const operations = operationsOf(config);
  const agents = Object.entries(config.agents);
  return [
    ...agents.flatMap(([name, agent]) =>
      named(agent).flatMap(([path, operation]) =>
        operations.has(operation)
          ? []
          : [`agents.${name}.${path}: found ${shown(operation)}; expected: an operation under tools`],
      ),
    ),
    ...agents.flatMap(([name, agent]) =>
      agent.models.flatMap((model, i) =>
        model in config.models
          ? []
          : [`agents.${name}.models.${i}: found ${shown(model)}; expected: a model under models`],
      ),
    ),
    ...twice(config, 'serviceAccount'),
    ...twice(config, 'certificateName'),
    ...Object.entries(config.tools).flatMap(([tool, { protocol, tunnel }]) =>
      (protocol === 'connect') === (tunnel !== undefined)
        ? []
        : [
            `tools.${tool}.tunnel: found ${shown(tunnel)}; expected: ${protocol === 'connect' ? 'where it leads and its caps' : 'none'}, because the tool speaks ${protocol}`,
          ],
    ),
    ...Object.entries(config.tools).flatMap(([tool, { protocol, operations: own }]) =>
      Object.entries(own).flatMap(([name, { route, manifest }]) => [
        ...((protocol === 'http') === (route !== undefined)
          ? []
          : [
              `tools.${tool}.operations.${name}.route: found ${shown(route)}; expected: ${protocol === 'http' ? 'a route' : 'none'}, because the tool speaks ${protocol}`,
            ]),
        ...(protocol === 'mcp' || manifest === undefined
          ? []
          : [
              `tools.${tool}.operations.${name}.manifest: found ${shown(manifest)}; expected: none, because the tool speaks ${protocol} and shows no definitions`,
            ]),
      ]),
    ),
  ];
};

/** As `lib` counts it: over schema and policies, part of what an approval is bound to. */
export const policyDigest = (schema: string, policies: string): string =>
  `sha256:${createHash('sha256').update(schema).update('\0').update(policies).digest('hex')}`;

/**
 * Reads and judges the configuration; a governor that cannot has nothing to decide with and does not get ready.
 * @param root where the paths in the file start @default - the root of the file system
 */
export function readConfiguration(file: string, root = '/'): Configuration {
  const config = configurationOf(file, governorConfig, root);
  const problems = inconsistencies(config);
  if (problems.length > 0) throw new ConfigurationError(file, problems);
  const [schema, policies] = [readMounted(config.policies.schema), readMounted(config.policies.policies)];
  const digest = policyDigest(schema, policies);
  if (digest !== config.policies.digest)
    throw new ConfigurationError(file, [
      `policies.digest: found ${config.policies.digest}; expected: ${digest}, the digest of ${config.policies.schema} and ${config.policies.policies}`,
    ]);
  return { config, schema, policies };
}
