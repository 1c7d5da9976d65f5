import type { DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { at, entries, Findings, isRecord, items, keys, words } from './_loose';
import { autonomousProblems } from './autonomous';
import type { EnvironmentDeclaration } from './environment';
import type { HttpOperation, Operation } from './operation';

/** Object names are lower case with '-': what two declared names become. */
export const objectName = (declared: string): string => declared.toLowerCase().replaceAll('_', '-');

/** Every declared operation by its reference. */
export const operationsOf = (env: EnvironmentDeclaration): Map<string, Operation | HttpOperation> =>
  new Map(
    Object.entries(env.tools).flatMap(([tool, t]) =>
      Object.entries(t.operations).map(([op, o]) => [`${tool}.${op}`, o] as const),
    ),
  );

/** What an agent may refer to; undefined where that part is broken and says so itself. */
interface Known {
  readonly models: readonly string[] | undefined;
  readonly operations: ReadonlyMap<string, unknown>;
  /** Tools whose operations cannot be read. */
  readonly broken: ReadonlySet<string> | 'all';
}

const knownOf = (env: unknown): Known => {
  const tools = at(env, 'tools');
  return {
    models: isRecord(at(env, 'models')) ? keys(at(env, 'models')) : undefined,
    operations: new Map(
      entries(tools).flatMap(([tool, t]) =>
        entries(at(t, 'operations')).map(([op, o]) => [`${tool}.${op}`, o] as const),
      ),
    ),
    broken: isRecord(tools)
      ? new Set(entries(tools).flatMap(([tool, t]) => (isRecord(at(t, 'operations')) ? [] : [tool])))
      : 'all',
  };
};

const collisions = (section: string, names: readonly string[], out: Findings): void => {
  const seen = new Map<string, string>();
  for (const declared of names) {
    const other = seen.get(objectName(declared));
    if (other !== undefined)
      out.add(
        `${section}.${declared}`,
        declared,
        `a name that differs from '${other}' in more than case, '_' and '-'`,
        `rename one of the two: both become '${objectName(declared)}' in Kubernetes`,
      );
    seen.set(objectName(declared), declared);
  }
};

const duplicates = (path: string, value: unknown, out: Findings): void => {
  const seen = new Map<string, number>();
  for (const [i, word] of words(value)) {
    const first = seen.get(word);
    if (first === undefined) seen.set(word, i);
    else out.add(`${path}[${i}]`, word, `each entry once (it stands at [${first}] already)`, 'remove the repetition');
  }
};

const conditionReferences = (path: string, condition: unknown): [path: string, operation: unknown][] => [
  [`${path}.operation`, at(condition, 'operation')],
  [`${path}.other`, at(condition, 'other')],
  ...items(at(condition, 'held')).map((held, i): [string, unknown] => [`${path}.held[${i}]`, held]),
];

/** References to operations that an agent's rules make, with their paths. */
const ruleReferences = (path: string, agent: unknown): [path: string, operation: string][] => {
  const candidates = [
    ...items(at(agent, 'needsApproval')).flatMap((rule, i): [string, unknown][] => [
      [`${path}.needsApproval[${i}].operation`, at(rule, 'operation')],
      ...conditionReferences(`${path}.needsApproval[${i}].condition`, at(rule, 'condition')),
    ]),
    ...items(at(agent, 'sequence')).flatMap((rule, i): [string, unknown][] => [
      [`${path}.sequence[${i}].operation`, at(rule, 'operation')],
      [`${path}.sequence[${i}].after`, at(rule, 'after')],
      ...conditionReferences(`${path}.sequence[${i}].condition`, at(rule, 'condition')),
    ]),
  ];
  return candidates.filter((c): c is [string, string] => typeof c[1] === 'string');
};

const models = (path: string, agent: unknown, known: Known, out: Findings): void => {
  if (known.models === undefined) return;
  for (const [i, model] of words(at(agent, 'models')))
    if (!known.models.includes(model))
      out.add(
        `${path}.models[${i}]`,
        model,
        `a declared model: ${known.models.join(', ') || 'there is none'}`,
        didYouMean(model, known.models) ?? 'declare it under models',
      );
};

const isBroken = (operation: string, known: Known): boolean =>
  known.broken === 'all' || known.broken.has(operation.split('.')[0] ?? '');

const tools = (path: string, agent: unknown, known: Known, out: Findings): void => {
  for (const [i, operation] of words(at(agent, 'tools')))
    if (!known.operations.has(operation) && !isBroken(operation, known))
      out.add(
        `${path}.tools[${i}]`,
        operation,
        "a declared operation, as '<tool>.<operation>'",
        didYouMean(operation, known.operations.keys()) ?? 'declare it under tools',
      );
};

const rules = (path: string, name: string, agent: unknown, known: Known, out: Findings): void => {
  const mine = words(at(agent, 'tools')).map(([, operation]) => operation);
  for (const [where, operation] of ruleReferences(path, agent)) {
    if (mine.includes(operation)) continue;
    const fix = known.operations.has(operation)
      ? `a rule about an operation the agent does not have can never apply: remove it, or add '${operation}' to ${path}.tools`
      : (didYouMean(operation, mine) ??
        'remove the rule, or declare the operation and add it to the tools of the agent');
    out.add(where, operation, `an operation that ${name} may call`, fix);
  }
  items(at(agent, 'sequence')).forEach((rule, i) => {
    const ordered = at(rule, 'kind') === 'onlyWhen';
    const { operation, first, where } = ordered
      ? {
          operation: at(rule, 'condition', 'operation'),
          first: at(rule, 'condition', 'other'),
          where: 'condition.other',
        }
      : { operation: at(rule, 'operation'), first: at(rule, 'after'), where: 'after' };
    if (typeof operation === 'string' && operation === first)
      out.add(
        `${path}.sequence[${i}].${where}`,
        operation,
        'another operation',
        'an operation that must come after itself can never be called: name the one that comes first',
      );
  });
};

/** Arguments that conditions read: those that are added up are numbers, and all are declared. */
const measures = (path: string, agent: unknown, known: Known, out: Findings): void => {
  for (const list of ['needsApproval', 'sequence'])
    items(at(agent, list)).forEach((rule, i) => {
      const [operation, argument] = [at(rule, 'condition', 'operation'), at(rule, 'condition', 'argument')];
      if (typeof operation !== 'string' || typeof argument !== 'string' || !known.operations.has(operation)) return;
      const sum = at(rule, 'condition', 'kind') === 'sumOver';
      const fitting = entries(at(known.operations.get(operation), 'arguments'))
        .filter(([, a]) => !sum || at(a, 'kind') === 'number' || at(a, 'kind') === 'integer')
        .map(([key]) => key);
      if (fitting.includes(argument)) return;
      const declare = sum ? 'declare it with Argument.number or Argument.integer' : 'declare it under arguments';
      out.add(
        `${path}.${list}[${i}].condition.argument`,
        argument,
        `${sum ? 'a number argument' : 'an argument'} of ${operation}: ${fitting.join(', ') || 'there is none'}`,
        didYouMean(argument, fitting) ?? `${declare}, or use Sequence.count`,
      );
    });
};

const isolation = (path: string, agent: unknown, env: unknown, out: Findings): void => {
  const kind = at(agent, 'isolation', 'kind');
  if ((kind !== 'gvisor' && kind !== 'kata') || !isRecord(at(env, 'platform'))) return;
  if (at(env, 'platform', 'runtimeClasses', kind) === undefined)
    out.add(
      `${path}.isolation`,
      kind,
      'an isolation this platform has',
      `name the RuntimeClass in platform.runtimeClasses.${kind}, or use Isolation.userNamespace()`,
    );
};

const agentProblems = (name: string, env: unknown, known: Known, out: Findings): void => {
  const path = `agents.${name}`;
  const agent = at(env, 'agents', name);
  models(path, agent, known, out);
  tools(path, agent, known, out);
  rules(path, name, agent, known, out);
  measures(path, agent, known, out);
  isolation(path, agent, env, out);
  autonomousProblems(path, agent, known.operations, out);
  for (const key of ['models', 'tools', 'mayAsk']) duplicates(`${path}.${key}`, at(agent, key), out);
  for (const key of ['processes', 'writes']) duplicates(`${path}.behaviour.${key}`, at(agent, 'behaviour', key), out);
};

const MAX_AGENTS = 100;
const numberOfAgents = (env: unknown, out: Findings): void => {
  if (!isRecord(at(env, 'agents'))) return;
  const count = keys(at(env, 'agents')).length;
  if (count === 0) out.tell('agents', 'no agent', 'at least one agent', 'declare the agents of the environment');
  if (count > MAX_AGENTS)
    out.tell('agents', `${count} agents`, `at most ${MAX_AGENTS} agents`, 'split it into several environments');
};

/** Names and references: what a schema of single values cannot see. */
export function referenceProblems(env: unknown): DeclarationFinding[] {
  const out = new Findings();
  numberOfAgents(env, out);
  for (const section of ['models', 'tools', 'agents']) collisions(section, keys(at(env, section)), out);
  for (const [tool, t] of entries(at(env, 'tools')))
    collisions(`tools.${tool}.operations`, keys(at(t, 'operations')), out);
  const known = knownOf(env);
  for (const name of keys(at(env, 'agents'))) agentProblems(name, env, known, out);
  for (const [model, m] of entries(at(env, 'models'))) {
    duplicates(`models.${model}.names`, at(m, 'names'), out);
    isolation(`models.${model}.server`, at(m, 'server'), env, out);
  }
  duplicates('approvals.approvers', at(env, 'approvals', 'approvers'), out);
  duplicates('owner.deployers', at(env, 'owner', 'deployers'), out);
  duplicates('locked', at(env, 'locked'), out);
  return out.all;
}
