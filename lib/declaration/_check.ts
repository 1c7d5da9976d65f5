import { z } from 'zod';
import { DeclarationError, type DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { show, showPath } from './_show';

export { isCredential, looksLikeSecret, show, showPath } from './_show';

/** What a failed check tells, beside the value found. */
export interface Expectation {
  readonly expected: string;
  readonly fix: string;
}

/** What a schema says about every value that is not of its shape at all: missing, of another type, of no known kind. */
const SAYS = new WeakMap<object, Expectation>();

/** Gives a schema its own words. */
export function says<S extends z.ZodType>(schema: S, expectation: Expectation): S {
  SAYS.set(schema, expectation);
  return schema;
}

/** A value that factories make; `factories` is what a user writes. */
export const made = <S extends z.ZodType>(schema: S, factories: string): S =>
  says(schema, { expected: factories, fix: `write ${factories.split(/,| or /)[0]}` });

/** A check of one value that speaks in Firepit's own words instead of the validator's. */
export function checked<T>(schema: z.ZodType<T>, test: (value: T) => boolean, expectation: Expectation): z.ZodType<T> {
  return explained(schema, (value) => (test(value) ? undefined : expectation), expectation);
}

/** A check that says what is wrong with this very value. @param otherwise what it says when the type is wrong */
export function explained<T>(
  schema: z.ZodType<T>,
  problem: (value: T) => Expectation | undefined,
  otherwise: Expectation,
): z.ZodType<T> {
  const refined = schema.superRefine((value, ctx) => {
    const wrong = problem(value);
    if (wrong !== undefined) ctx.addIssue({ code: 'custom', message: wrong.expected, params: { fix: wrong.fix } });
  });
  return says(refined, SAYS.get(schema) ?? otherwise);
}

/** A string of one shape. */
export const text = (pattern: RegExp, expectation: Expectation): z.ZodType<string> =>
  checked(z.string(), (value) => pattern.test(value), expectation);

/** A line of prose, for people. */
export const prose = (min: number, max: number, what: string, example: string): z.ZodType<string> =>
  checked(z.string(), (value) => value.trim().length >= min && value.length <= max && !/\p{C}/u.test(value), {
    expected: `${what}, one line of ${min} to ${max} characters`,
    fix: `write something like '${example}'`,
  });

/** A whole number between two bounds, both allowed. */
export const whole = (min: number, max: number): z.ZodType<number> =>
  checked(z.number(), (value) => Number.isSafeInteger(value) && value >= min && value <= max, {
    expected: `a whole number from ${min} to ${max}`,
    fix: 'use a number in that range',
  });

/** A TCP port. */
export const port = whole(1, 65535);

const DNS_LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** A name that becomes part of Kubernetes object names. */
export const name = (maxLength: number): z.ZodType<string> =>
  checked(z.string(), (value) => DNS_LABEL.test(value) && value.length <= maxLength, {
    expected: `a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most ${maxLength} characters`,
    fix: 'choose a name like support-desk',
  });

/** The name of a Kubernetes object that exists already. */
export const dnsLabel = text(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  expected: "a Kubernetes name: lower-case ASCII letters, digits and '-'",
  fix: 'copy the name from the cluster',
});

const ownName = (maxLength: number): z.ZodType<string> =>
  checked(z.string(), (key) => DNS_LABEL.test(key.toLowerCase().replaceAll('_', '-')) && key.length <= maxLength, {
    expected: `a name of ASCII letters, digits, '-' and '_', starting with a letter and ending with a letter or digit, at most ${maxLength} characters`,
    fix: 'rename it',
  });

/** A record whose keys are names of the user's own. */
export const named = <T>(value: z.ZodType<T>, maxLength: number, what: string): z.ZodType<Record<string, T>> =>
  says(z.record(ownName(maxLength), value), {
    expected: `${what} by name; {} for none`,
    fix: `write it as { name: … }`,
  });

/** A list; an empty one is an explicit statement. */
export const list = <T>(
  value: z.ZodType<T>,
  bounds: { readonly min?: number; readonly max?: number },
  what: string,
): z.ZodType<T[]> => {
  const { min = 0, max = Number.POSITIVE_INFINITY } = bounds;
  const size = `${what}${min > 0 ? `, at least ${min}` : ''}${Number.isFinite(max) ? `, at most ${max}` : ''}`;
  return explained(
    z.array(value),
    ({ length }) =>
      length >= min && length <= max
        ? undefined
        : { expected: size, fix: length < min ? 'add what belongs here' : 'split it, or name fewer' },
    { expected: size, fix: min > 0 ? 'write it as a list: […]' : 'write it as a list; [] says that there is none' },
  );
};

/** The path of a URL, as it goes over the wire. */
export const urlPath = (example: string): z.ZodType<string> =>
  checked(z.string(), (value) => /^\/[A-Za-z0-9._~/-]{0,255}$/.test(value) && !/\/\.{1,2}(\/|$)|\/\//.test(value), {
    expected: 'an absolute path, without query, wildcard or dot segments',
    fix: `write it as ${example}`,
  });

/** Labels, as Kubernetes selects them. */
export const labels: z.ZodType<Record<string, string>> = says(
  z.record(
    text(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, {
      expected: 'the key of a Kubernetes label',
      fix: "write it as 'app.kubernetes.io/name'",
    }),
    text(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, {
      expected: 'the value of a Kubernetes label',
      fix: 'copy it from the pods',
    }),
  ),
  { expected: 'labels of pods', fix: "write it as { 'app.kubernetes.io/name': 'postgres' }" },
);

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<PropertyKey, object>>;
  readonly options?: readonly object[];
  readonly innerType?: object;
  readonly valueType?: object;
  readonly element?: object;
  readonly values?: readonly unknown[];
}

const definition = (schema: object | undefined): Definition | undefined =>
  (schema as { _zod?: { def: Definition } } | undefined)?._zod?.def;
const field = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
const at = (root: unknown, path: Path): unknown => path.reduce<unknown>(field, root);
const kindOf = (option: object): unknown => definition(definition(option)?.shape?.kind)?.values?.[0];

/** The alternatives that a schema leaves for a value: one, unless its kind says nothing. */
const alternatives = (schema: object | undefined, value: unknown): object[] => {
  const def = definition(schema);
  if (schema === undefined || def === undefined) return [];
  if (def.innerType !== undefined) return alternatives(def.innerType, value);
  if (def.options === undefined) return [schema];
  const kind = field(value, 'kind');
  const fitting = def.options.filter((option) => kindOf(option) === kind);
  return (fitting.length > 0 ? fitting : def.options).flatMap((option) => alternatives(option, value));
};

const step = (schema: object, key: PropertyKey): object | undefined => {
  const def = definition(schema);
  if (def?.shape !== undefined) return Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
  return def?.valueType ?? def?.element;
};

/** The schemas that stand at a path of a value. */
const schemasAt = (schema: object, value: unknown, path: Path): (object | undefined)[] =>
  path.reduce<(object | undefined)[]>(
    (schemas, key, i) =>
      schemas.flatMap((s) => alternatives(s, at(value, path.slice(0, i))).map((option) => step(option, key))),
    [schema],
  );

const wordsOf = (schema: object | undefined): Expectation | undefined =>
  schema === undefined ? undefined : (SAYS.get(schema) ?? wordsOf(definition(schema)?.innerType));
const saysAt = (schema: object, value: unknown, path: Path): Expectation | undefined =>
  schemasAt(schema, value, path)
    .map(wordsOf)
    .find((words) => words !== undefined);

/** Keys that an object at this path may have. */
const knownKeys = (schema: object, value: unknown, path: Path): string[] =>
  schemasAt(schema, value, path)
    .flatMap((s) => alternatives(s, at(value, path)))
    .flatMap((s) => Object.keys(definition(s)?.shape ?? {}));

/** Where a path leaves what a schema knows. */
export interface UnknownSegment {
  readonly index: number;
  /** What could stand there; nothing where the path should have ended before. */
  readonly known: readonly string[];
}

const inside = (schema: object, key: string): object[] => {
  const def = definition(schema);
  if (def?.shape === undefined) return def?.valueType === undefined ? [] : [def.valueType];
  if (key === '*') return Object.values(def.shape);
  return Object.hasOwn(def.shape, key) ? [def.shape[key] as object] : [];
};

/** Whether a schema knows a path at all; `*` stands for any name. Lists are ends of paths. */
export function unknownSegment(schema: z.ZodType, path: readonly string[]): UnknownSegment | undefined {
  let schemas = alternatives(schema, undefined);
  for (const [index, key] of path.entries()) {
    const next = schemas.flatMap((s) => inside(s, key)).flatMap((s) => alternatives(s, undefined));
    if (next.length === 0)
      return { index, known: [...new Set(schemas.flatMap((s) => Object.keys(definition(s)?.shape ?? {})))] };
    schemas = next;
  }
  return undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object of names and values',
  array: 'a list',
  string: 'text',
  number: 'a finite number',
  boolean: 'true or false',
};
const options = (values: readonly unknown[]): string => values.map((v) => JSON.stringify(v)).join(', ');

/** What an issue of the validator means. */
const meaning = (schema: object, root: unknown, issue: Issue): Expectation => {
  const own = saysAt(schema, root, issue.path);
  if (issue.code === 'custom')
    return { expected: issue.message, fix: (issue.params as { fix?: string } | undefined)?.fix ?? 'correct the value' };
  if (issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    const values = issue.code === 'invalid_value' ? issue.values : ((issue as { options?: unknown[] }).options ?? []);
    const found = at(root, issue.path);
    const near = typeof found === 'string' ? didYouMean(found, values.map(String)) : undefined;
    const factory = saysAt(schema, root, issue.path.slice(0, -1))?.fix;
    return {
      expected: `one of ${options(values)}`,
      fix: near ?? own?.fix ?? factory ?? `write ${options(values.slice(0, 1))}`,
    };
  }
  const type = issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? 'another value') : 'another value';
  return own ?? { expected: type, fix: at(root, issue.path) === undefined ? 'add it' : `write ${type}` };
};

const unknownKeys = (
  schema: object,
  root: unknown,
  issue: Issue & { code: 'unrecognized_keys' },
): DeclarationFinding[] => {
  const known = knownKeys(schema, root, issue.path);
  return issue.keys.map((key) => ({
    path: showPath([...issue.path, key]),
    found: show(at(root, [...issue.path, key]), key),
    expected: known.length === 0 ? 'no such key' : `no such key; there are ${known.join(', ')}`,
    fix:
      didYouMean(key, known) ?? 'remove it: what is not part of the declaration has no effect and may hide a mistake',
  }));
};

const toFindings = (schema: object, root: unknown, issue: Issue): DeclarationFinding[] => {
  if (issue.code === 'unrecognized_keys') return unknownKeys(schema, root, issue);
  const key = issue.path.at(-1) ?? '';
  const path = showPath(issue.path);
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => ({ path, found: show(String(key)), ...meaning(schema, root, inner) }));
  const params = (issue as { params?: { found?: string } }).params;
  return [{ path, found: params?.found ?? show(at(root, issue.path), key), ...meaning(schema, root, issue) }];
};

/** All problems that a schema sees in a value, in Firepit's words. */
export function problems(schema: z.ZodType, value: unknown): DeclarationFinding[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => toFindings(schema, value, issue));
}

/** Throws {@link DeclarationError} with every finding, or returns the value as the schema reads it. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DeclarationError(subject, problems(schema, value));
}
