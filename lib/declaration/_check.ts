import { z } from 'zod';
import { DeclarationError, type DeclarationFinding } from '../errors';
import { didYouMean } from '../text';

/** What a failed check tells, beside the value found. */
export interface Expectation {
  readonly expected: string;
  readonly fix: string;
}

/** A check of one value that speaks in Firepit's own words instead of the validator's. */
export function checked<T>(schema: z.ZodType<T>, test: (value: T) => boolean, says: Expectation): z.ZodType<T> {
  return schema.superRefine((value, ctx) => {
    if (!test(value)) ctx.addIssue({ code: 'custom', message: says.expected, params: { fix: says.fix } });
  });
}

/** A string of one shape. */
export const text = (pattern: RegExp, says: Expectation): z.ZodType<string> =>
  checked(z.string(), (value) => pattern.test(value), says);

const DNS_LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** A name that becomes part of Kubernetes object names. */
export const name = (maxLength: number): z.ZodType<string> =>
  checked(z.string(), (value) => DNS_LABEL.test(value) && value.length <= maxLength, {
    expected: `a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most ${maxLength} characters`,
    fix: 'choose a name like support-desk',
  });

/** A record whose keys are names of the user's own. */
export const named = <T>(value: z.ZodType<T>, maxLength: number): z.ZodType<Record<string, T>> =>
  z.record(z.string(), value).superRefine((record, ctx) => {
    for (const key of Object.keys(record)) {
      if (!DNS_LABEL.test(key.toLowerCase().replaceAll('_', '-')) || key.length > maxLength)
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: `a name of ASCII letters, digits, '-' and '_', starting with a letter, at most ${maxLength} characters`,
          params: { fix: 'rename it', found: key },
        });
    }
  });

const SECRET_SHAPES =
  /^(sk-|xox[a-z]-|gh[opsu]_|github_pat_|AKIA|ASIA|AIza|glpat-|eyJ[A-Za-z0-9_-]{8,}\.)|-----BEGIN|^[A-Za-z0-9+/_-]{40,}={0,2}$/;

/**
 * Whether a string looks like a credential, so that errors hide it and literals of that look are refused. A safety
 * net for what people paste by accident, not a scanner: the rule that no credential has a spelling stands without it.
 */
export const looksLikeSecret = (value: string): boolean => SECRET_SHAPES.test(value.trim());

const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string' && looksLikeSecret(value)) return '(hidden: it looks like a credential)';
  const printed = JSON.stringify(value, (_key, v) =>
    typeof v === 'string' && looksLikeSecret(v) ? '(hidden)' : typeof v === 'bigint' ? `${v}n` : v,
  );
  if (printed === undefined) return typeof value;
  return printed.length > 100 ? `${printed.slice(0, 97)}...` : printed;
};

const at = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);

/** `agents.triage.tools[1]`: how a declaration's path is written in errors. */
export const showPath = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`)).join('');

type Issue = z.core.$ZodIssue;

const fromUnion = (issue: Issue & { code: 'invalid_union' }): Issue[] => {
  // Of the alternatives, the one that got furthest says best what is wrong.
  const candidates = issue.errors.filter((errors) => errors.length > 0);
  const depth = (errors: readonly Issue[]): number => Math.max(...errors.map((e) => e.path.length));
  const best = candidates.sort((a, b) => depth(b) - depth(a))[0];
  return best?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as Issue) ?? [];
};

const WORDS: Record<string, (issue: never) => Expectation> = {
  invalid_type: (issue: { expected: string; path: PropertyKey[] }) => ({
    expected: `a value of type ${issue.expected}`,
    fix: `set ${showPath(issue.path) || 'the declaration'}`,
  }),
  too_small: (issue: { minimum: number; origin: string }) => ({
    expected:
      issue.origin === 'string' || issue.origin === 'array'
        ? `at least ${issue.minimum} of them`
        : `at least ${issue.minimum}`,
    fix: 'use a larger value',
  }),
  too_big: (issue: { maximum: number; origin: string }) => ({
    expected:
      issue.origin === 'string' || issue.origin === 'array'
        ? `at most ${issue.maximum} of them`
        : `at most ${issue.maximum}`,
    fix:
      issue.origin === 'array' || issue.origin === 'record'
        ? 'split it into several environments'
        : 'use a smaller value',
  }),
  invalid_value: (issue: { values: readonly unknown[] }) => ({
    expected: `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`,
    fix: 'use one of these, through the factory that makes it',
  }),
  invalid_union: () => ({ expected: 'a value made by one of the factories', fix: 'use the factory that belongs here' }),
};

const finding = (root: unknown, issue: Issue): DeclarationFinding => {
  const params = (issue as { params?: { fix?: string; found?: unknown } }).params;
  const words =
    issue.code === 'custom'
      ? { expected: issue.message, fix: params?.fix ?? 'correct the value' }
      : (WORDS[issue.code]?.(issue as never) ?? { expected: issue.message, fix: 'correct the value' });
  return { path: showPath(issue.path), found: show(params?.found ?? at(root, issue.path)), ...words };
};

const unknownKeys = (
  root: unknown,
  issue: Issue & { code: 'unrecognized_keys' },
  known: readonly string[],
): DeclarationFinding[] =>
  issue.keys.map((key) => ({
    path: showPath([...issue.path, key]),
    found: show(at(root, [...issue.path, key])),
    expected: 'no such key',
    fix:
      didYouMean(key, known) ?? 'remove it: what is not part of the declaration has no effect and may hide a mistake',
  }));

/** Keys that a strict object at this path knows, for "did you mean". */
const knownKeys = (schema: z.ZodType, path: readonly PropertyKey[]): string[] => {
  let current: unknown = schema;
  for (const key of path) {
    const def = (current as { _zod?: { def: Record<string, unknown> } } | undefined)?._zod?.def;
    if (def === undefined) return [];
    const shape = def.shape as Record<PropertyKey, unknown> | undefined;
    current = shape?.[key] ?? def.valueType ?? def.element ?? (def.innerType as unknown);
  }
  const def = (current as { _zod?: { def: { shape?: object } } } | undefined)?._zod?.def;
  return Object.keys(def?.shape ?? {});
};

const expand = (issue: Issue): Issue[] =>
  issue.code === 'invalid_union'
    ? fromUnion(issue).flatMap(expand).length > 0
      ? fromUnion(issue).flatMap(expand)
      : [issue]
    : [issue];

/** All problems that a schema sees in a value, in Firepit's words. */
export function problems(schema: z.ZodType, value: unknown): DeclarationFinding[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues
    .flatMap(expand)
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? unknownKeys(value, issue, knownKeys(schema, issue.path))
        : [finding(value, issue)],
    );
}

/** Throws {@link DeclarationError} with every finding, or returns the value as the schema reads it. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DeclarationError(subject, problems(schema, value));
}
