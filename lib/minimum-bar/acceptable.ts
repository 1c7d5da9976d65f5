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

const ruleProblem = (rule: Record<string, unknown>): string | undefined =>
  ['apiGroups', 'apiVersions', 'operations', 'resources'].find((field) => strings(rule[field]).length === 0);

const named = (value: unknown): boolean =>
  list(value).length === 0 || records(value).every((v) => string(v.name) !== undefined && v.name !== '');

const problemOf = (policy: Manifest): string | undefined => {
  const spec = record(policy.spec);
  const rules = records(record(spec.matchConstraints).resourceRules);
  if (rules.length === 0) return 'it looks at nothing: matchConstraints has no resourceRules';
  const missing = rules.map(ruleProblem).find((field) => field !== undefined);
  if (missing !== undefined) return `it looks at nothing: a resource rule has no ${missing}`;
  if (!named(spec.matchConditions) || !named(spec.variables)) return 'a condition or a variable has no name';
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

const read = new WeakMap<Manifest, string | undefined>();

/**
 * Why the API server would not take an admission policy, or why nobody here can say what it does. Such a policy
 * guards nothing. Undefined: it is in order.
 */
export function unacceptable(policy: Manifest): string | undefined {
  if (!read.has(policy)) read.set(policy, problemOf(policy));
  return read.get(policy);
}
