import { createHash } from 'node:crypto';
import type { Context } from '../context';
import type { Agent, ApprovalRule, EnvironmentDeclaration, SequenceRule } from '../declaration';
import type { Argument, Operation } from '../declaration/operation';
import { operationsOf } from '../declaration/references';

/** The authorization policy as the governor reads it. */
export interface CedarPolicy {
  readonly schema: string;
  readonly policies: string;
  /** `sha256:…` over both: part of what an approval is bound to. */
  readonly digest: string;
}

const TYPES: Readonly<Record<Argument['kind'], string>> = {
  matches: 'String',
  text: 'String',
  oneOf: 'String',
  number: 'decimal',
  integer: 'Long',
  boolean: 'Bool',
};
const str = (value: string): string => JSON.stringify(value);
const entity = (type: string, id: string): string => `Firepit::${type}::${str(id)}`;
const action = (id: string): string => entity('Action', id);

/** Ids of an agent's rules, the same in policy, configuration, approval card and record. */
export const ruleIds = (
  agentName: string,
  agent: Agent,
): { readonly approvals: readonly string[]; readonly sequence: readonly string[] } => ({
  approvals: agent.needsApproval.map((_, i) => `${agentName}.approval.${i}`),
  sequence: agent.sequence.map((_, i) => `${agentName}.sequence.${i}`),
});

const inputType = (operation: Operation): string =>
  `{ ${Object.entries(operation.arguments ?? {})
    .map(([name, a]) => `${str(name)}${a.optional === true ? '?' : ''}: ${TYPES[a.kind]}`)
    .join(', ')} }`;

/** Operations by what they take: those that take the same are declared in one statement. */
const byInput = (env: EnvironmentDeclaration): ReadonlyMap<string, readonly string[]> => {
  const all = new Map<string, string[]>();
  for (const [reference, operation] of operationsOf(env)) {
    const input = inputType(operation);
    const same = all.get(input);
    if (same === undefined) all.set(input, [reference]);
    else same.push(reference);
  }
  return all;
};

const schemaText = (env: EnvironmentDeclaration): string => {
  const actions = [...byInput(env)].map(
    ([input, references]) =>
      `  action ${references.map(str).join(', ')} appliesTo { principal: [Agent], resource: [Tool], context: { input: ${input}, run: Run } };`,
  );
  return [
    'namespace Firepit {',
    '  entity Group;',
    '  entity User in [Group];',
    '  entity Agent;',
    '  entity Tool;',
    '  entity Model;',
    '  // What the governor knows of a run: facts it observed itself, never what an agent said.',
    '  type Run = {',
    '    autonomous: Bool,',
    '    explained: Bool,',
    '    approved: Bool,',
    '    violated: Set<String>,',
    '    exceeded: Set<String>,',
    '    taint: Set<String>,',
    '  };',
    '  action "ask" appliesTo { principal: [User], resource: [Agent], context: {} };',
    '  action "infer" appliesTo { principal: [Agent], resource: [Model], context: { run: Run } };',
    ...actions,
    '}',
    '',
  ].join('\n');
};

const principalHead = (principal: string): string => {
  const [kind, name] = [principal.slice(0, principal.indexOf(':')), principal.slice(principal.indexOf(':') + 1)];
  return kind === 'group' ? `principal in ${entity('Group', name)}` : `principal == ${entity('User', name)}`;
};

const approvalPolicy = (agent: string, rule: ApprovalRule, id: string): string => {
  const operation = rule.kind === 'operation' ? rule.operation : rule.condition.operation;
  const [tool = ''] = operation.split('.');
  const head = `principal == ${entity('Agent', agent)}, action == ${action(operation)}, resource == ${entity('Tool', tool)}`;
  const unless = '\nunless { context.run.approved };';
  return rule.kind === 'operation'
    ? `@id(${str(id)})\n@effect("needs_approval")\nforbid (${head})${unless}`
    : `@id(${str(id)})\n@effect("needs_approval")\nforbid (${head})\nwhen { context.run.exceeded.contains(${str(id)}) }${unless}`;
};

/** A broken sequence rule forbids the call it would have been part of. */
const sequencePolicy = (agent: string, operations: readonly string[], _rule: SequenceRule, id: string): string =>
  `@id(${str(id)})\nforbid (principal == ${entity('Agent', agent)}, action in [${operations.map(action).join(', ')}], resource)\nwhen { context.run.violated.contains(${str(id)}) };`;

const agentPolicies = (name: string, agent: Agent, env: EnvironmentDeclaration): string[] => {
  const ids = ruleIds(name, agent);
  const tools = [...new Set(agent.tools.map((reference) => reference.split('.')[0] ?? ''))];
  const models = agent.models.flatMap((model) =>
    (env.models[model]?.names ?? []).map((wire) => entity('Model', `${model}/${wire}`)),
  );
  return [
    ...agent.mayAsk.map(
      (principal) =>
        `@id(${str(`${name}.ask.${principal}`)})\npermit (${principalHead(principal)}, action == ${action('ask')}, resource == ${entity('Agent', name)});`,
    ),
    ...models.map(
      (model, i) =>
        `@id(${str(`${name}.infer.${i}`)})\npermit (principal == ${entity('Agent', name)}, action == ${action('infer')}, resource == ${model});`,
    ),
    ...tools.map((tool) => {
      const own = agent.tools.filter((reference) => reference.startsWith(`${tool}.`)).map(action);
      return `@id(${str(`${name}.call.${tool}`)})\npermit (principal == ${entity('Agent', name)}, action in [${own.join(', ')}], resource == ${entity('Tool', tool)});`;
    }),
    ...agent.needsApproval.map((rule, i) => approvalPolicy(name, rule, ids.approvals[i] ?? '')),
    ...(agent.tools.length === 0
      ? []
      : agent.sequence.map((rule, i) => sequencePolicy(name, agent.tools, rule, ids.sequence[i] ?? ''))),
  ];
};

/**
 * Cedar schema and policies of an environment. What no policy permits is denied; a forbid that needs approval is
 * annotated `@effect("needs_approval")`.
 */
export function cedarPolicy({ declaration }: Context): CedarPolicy {
  const schema = schemaText(declaration);
  const policies = `${Object.entries(declaration.agents)
    .flatMap(([name, agent]) => agentPolicies(name, agent, declaration))
    .join('\n\n')}\n`;
  return {
    schema,
    policies,
    digest: `sha256:${createHash('sha256').update(schema).update('\0').update(policies).digest('hex')}`,
  };
}
