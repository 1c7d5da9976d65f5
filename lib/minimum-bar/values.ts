import { readAnchored } from '../anchors';

/** Finished objects are data that anybody may have changed: these readers accept any shape and never throw. */

/** Every property optional, all the way down. */
export type Loose<T> = T extends readonly (infer U)[]
  ? readonly Loose<U>[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> }
    : T;

export type Data = Readonly<Record<string, unknown>>;

export const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A record, or an empty one. */
export const record = (value: unknown): Data => (isData(value) ? value : {});

/** A list, or an empty one. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The records of a list. */
export const records = (value: unknown): readonly Data[] => list(value).filter(isData);

/** The strings of a list. */
export const strings = (value: unknown): readonly string[] =>
  list(value).filter((v): v is string => typeof v === 'string');

/** A string, or undefined. */
export const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The value at a path, or undefined. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown => {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
};

/** Labels: the string entries of a record. */
export const labelsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record(value)).filter((e): e is [string, string] => typeof e[1] === 'string'));

/** Whether two plain values are the same; key order does not matter. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((v, i) => same(v, b[i]));
  if (!isData(a) || !isData(b)) return false;
  const keys = Object.keys(a).filter((k) => a[k] !== undefined);
  return (
    keys.length === Object.keys(b).filter((k) => b[k] !== undefined).length && keys.every((key) => same(a[key], b[key]))
  );
}

/** A value in a sentence, shortened. */
export const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const parsed = new Map<string, unknown>();
const LIMIT = 32;

const tried = (read: (text: string) => unknown, text: string): unknown => {
  try {
    return read(text);
  } catch {
    return undefined;
  }
};

/** Parsed JSON of an embedded configuration file, with anchors or without; undefined where it is none. Cached by content. */
export function json(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  if (parsed.has(text)) return parsed.get(text);
  const value = tried(JSON.parse, text) ?? tried(readAnchored, text);
  if (parsed.size >= LIMIT) parsed.clear();
  parsed.set(text, value);
  return value;
}
