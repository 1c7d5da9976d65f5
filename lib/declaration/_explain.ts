import type { z } from 'zod';
import { DeclarationError, type DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { type Expectation, wordsOf } from './_check';
import { show, showPath } from './_show';

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

const ownWords = (schema: object | undefined): Expectation | undefined =>
  schema === undefined ? undefined : (wordsOf(schema) ?? ownWords(definition(schema)?.innerType));
const saysAt = (schema: object, value: unknown, path: Path): Expectation | undefined =>
  schemasAt(schema, value, path)
    .map(ownWords)
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

/** A closed vocabulary's word that was meant; numbers such as versions are not mistyped words. */
const mistyped = (found: unknown, values: readonly unknown[]): string | undefined =>
  typeof found === 'string' && /^[A-Za-z]/.test(found) ? didYouMean(found, values.map(String)) : undefined;

/** A value outside a closed vocabulary. */
const outside = (schema: object, root: unknown, path: Path, values: readonly unknown[]): Expectation => {
  const factory = path.at(-1) === 'kind' ? saysAt(schema, root, path.slice(0, -1)) : saysAt(schema, root, path);
  return {
    expected: `${values.length > 1 ? 'one of ' : ''}${options(values)}`,
    fix:
      mistyped(at(root, path), values) ??
      factory?.fix ??
      (values.length > 1 ? 'use one of these' : `write ${options(values)}`),
  };
};

/** What an issue of the validator means. */
const meaning = (schema: object, root: unknown, issue: Issue): Expectation => {
  if (issue.code === 'custom')
    return { expected: issue.message, fix: (issue.params as { fix?: string } | undefined)?.fix ?? 'correct the value' };
  if (issue.code === 'invalid_value') return outside(schema, root, issue.path, issue.values);
  if (issue.code === 'invalid_union')
    return outside(schema, root, issue.path, (issue as { options?: unknown[] }).options ?? []);
  const type = issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? 'another value') : 'another value';
  const words = saysAt(schema, root, issue.path) ?? { expected: type, fix: `write ${type}` };
  return at(root, issue.path) === undefined ? { ...words, fix: `add it: ${words.fix}` } : words;
};

const unknownKeys = (
  schema: object,
  root: unknown,
  issue: Issue & { code: 'unrecognized_keys' },
): DeclarationFinding[] => {
  const known = knownKeys(schema, root, issue.path);
  const free = known.filter((key) => at(root, [...issue.path, key]) === undefined);
  return issue.keys.map((key) => ({
    path: showPath([...issue.path, key]),
    found: show(at(root, [...issue.path, key]), key),
    expected: known.length === 0 ? 'no such key' : `no such key; there are ${known.join(', ')}`,
    fix:
      didYouMean(key, free) ??
      didYouMean(key, known, 1) ??
      'remove it: what is not part of the declaration has no effect and may hide a mistake',
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

/** Of alternatives without a kind, what the one says that a value was meant as; a value of no such type is told so. */
const meant = (issue: Issue): readonly Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const fitting = issue.errors.filter((each) => !each.some((e) => e.code === 'invalid_type' && e.path.length === 0));
  if (fitting.length === 1) return (fitting[0] ?? []).map((e) => ({ ...e, path: [...issue.path, ...e.path] }));
  return [{ code: 'invalid_type', expected: 'object', path: issue.path, message: issue.message } as Issue];
};

/** An object of the wrong kind is one problem, however much of it does not fit. */
const isBelow = (path: Path, parent: Path): boolean => parent.every((key, i) => path[i] === key);

/** All problems that a schema sees in a value, in Firepit's words. */
export function problems(schema: z.ZodType, value: unknown): DeclarationFinding[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  const issues = result.error.issues.flatMap(meant);
  const misfits = issues.filter((i) => i.code === 'invalid_value' && i.path.at(-1) === 'kind').map((i) => i.path);
  return issues
    .filter((issue) => !misfits.some((kind) => kind !== issue.path && isBelow(issue.path, kind.slice(0, -1))))
    .flatMap((issue) => toFindings(schema, value, issue));
}

/** Throws {@link DeclarationError} with every finding, or returns the value as the schema reads it. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DeclarationError(subject, problems(schema, value));
}
