import { cel, Unreadable } from './cel';
import type { Manifest } from './types';
import { list, record, records, string, strings } from './values';

/** What an expression of an admission policy may refer to. */
const ROOTS = new Set(['object', 'oldObject', 'request', 'params', 'namespaceObject', 'authorizer', 'variables']);

const expressionProblem = (expression: unknown, variables: ReadonlySet<string>): string | undefined => {
  const text = string(expression);
  if (text === undefined || text.trim() === '') return 'an expression is missing';
  try {
    const unknown = [...cel(text).names].find((n) => !ROOTS.has(n) && !variables.has(n));
    return unknown === undefined ? undefined : `an expression refers to '${unknown}', which does not exist`;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return `an expression cannot be read: ${error.message}`;
  }
};

const OPERATIONS = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*']);

/** Whether `*` stands beside what it includes, which the API server refuses. */
const crowded = (values: readonly string[]): boolean => values.includes('*') && values.length > 1;

/** Fields of a resource rule that the API server would not take (validateRule of admissionregistration). */
const ruleProblem = (rule: Record<string, unknown>): string | undefined => {
  const [groups, versions, operations, resources] = ['apiGroups', 'apiVersions', 'operations', 'resources'].map((f) =>
    strings(rule[f]),
  ) as [string[], string[], string[], string[]];
  const whole = ['apiGroups', 'apiVersions', 'operations', 'resources'].find(
    (f) => strings(rule[f]).length === 0 || strings(rule[f]).length !== list(rule[f]).length,
  );
  if (whole !== undefined) return whole;
  if (crowded(groups)) return 'apiGroups';
  if (crowded(versions) || versions.includes('')) return 'apiVersions';
  if (crowded(operations) || operations.some((o) => !OPERATIONS.has(o))) return 'operations';
  const plain = resources.filter((r) => !r.includes('/'));
  return resources.includes('') || crowded(plain) || (resources.includes('*/*') && resources.length > 1)
    ? 'resources'
    : undefined;
};

/** Names are there, and each once. */
const named = (value: unknown): boolean => {
  const names = records(value).map((v) => string(v.name) ?? '');
  return names.length === list(value).length && !names.includes('') && new Set(names).size === names.length;
};

const problemOf = (policy: Manifest): string | undefined => {
  const spec = record(policy.spec);
  const rules = records(record(spec.matchConstraints).resourceRules);
  if (rules.length === 0) return 'it looks at nothing: matchConstraints has no resourceRules';
  const missing = rules.map(ruleProblem).find((field) => field !== undefined);
  if (missing !== undefined) return `the API server would not take it: ${missing} of a resource rule`;
  if (!named(spec.matchConditions) || !named(spec.variables))
    return 'the API server would not take it: a condition or variable without a name of its own';
  if (policy.kind === 'ValidatingAdmissionPolicy' && list(spec.validations).length === 0) return 'it validates nothing';
  const variables = new Set<string>();
  for (const variable of records(spec.variables)) {
    const problem = expressionProblem(variable.expression, variables);
    if (problem !== undefined) return problem;
    variables.add(`variables.${variable.name}`);
  }
  return [...list(spec.matchConditions), ...list(spec.validations)]
    .map((part) => expressionProblem(record(part).expression, variables))
    .find((problem) => problem !== undefined);
};

const ACTIONS = new Set(['Deny', 'Warn', 'Audit']);

/**
 * Whether a binding's `validationActions` refuse. The API server takes each action once, none that it does not know,
 * and not Deny together with Warn (validateValidationActions of admissionregistration).
 */
export function denies(actions: unknown): boolean {
  const named = strings(actions);
  const taken = named.length === list(actions).length && new Set(named).size === named.length;
  return taken && named.includes('Deny') && !named.includes('Warn') && named.every((a) => ACTIONS.has(a));
}

const read = new WeakMap<Manifest, string | undefined>();

/**
 * Why the API server would not take an admission policy, or why nobody here can say what it does. Such a policy
 * guards nothing. Undefined: it is in order.
 */
export function unacceptable(policy: Manifest): string | undefined {
  if (!read.has(policy)) read.set(policy, problemOf(policy));
  return read.get(policy);
}
