import { RE2JS } from 're2js';
import { CelError, Unreadable } from './lex';
import { bool, items, numeric, Optional, text } from './values';

type Function = (...args: readonly unknown[]) => unknown;

const patterns = new Map<string, RE2JS>();
const pattern = (source: string): RE2JS => {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const compiled = RE2JS.compile(source);
  if (patterns.size >= 64) patterns.clear();
  patterns.set(source, compiled);
  return compiled;
};

const size = (value: unknown): number => (typeof value === 'string' ? [...value].length : items(value).length);

const optional = (value: unknown): Optional => {
  if (!(value instanceof Optional)) throw new CelError('expected an optional value');
  return value;
};

const required = (value: unknown): unknown => {
  const o = optional(value);
  if (!o.present) throw new CelError('optional.none() has no value');
  return o.value;
};

/** Global functions. */
export const FUNCTIONS: Readonly<Record<string, Function>> = {
  size,
  string: (v) => String(v),
  int: (v) => Math.trunc(Number(v)),
  uint: (v) => Math.trunc(Number(v)),
  double: (v) => Number(v),
  bool: (v) => v === true || v === 'true',
};

/** Methods: the receiver is the first argument. */
export const METHODS: Readonly<Record<string, Function>> = {
  size,
  startsWith: (s, p) => text(s).startsWith(text(p)),
  endsWith: (s, p) => text(s).endsWith(text(p)),
  contains: (s, p) => text(s).includes(text(p)),
  matches: (s, p) => pattern(text(p)).matcher(text(s)).find(),
  lowerAscii: (s) => text(s).toLowerCase(),
  upperAscii: (s) => text(s).toUpperCase(),
  trim: (s) => text(s).trim(),
  split: (s, by) => text(s).split(text(by)),
  replace: (s, from, to) => text(s).replaceAll(text(from), text(to)),
  indexOf: (s, of) => text(s).indexOf(text(of)),
  substring: (s, from, to) => text(s).slice(numeric(from), to === undefined ? undefined : numeric(to)),
  join: (l, by) =>
    items(l)
      .map(text)
      .join(by === undefined ? '' : text(by)),
  isSorted: (l) => items(l).every((v, i, all) => i === 0 || text(all[i - 1]) <= text(v)),
  orValue: (o, other) => (optional(o).present ? optional(o).value : other),
  or: (o, other) => (optional(o).present ? o : other),
  hasValue: (o) => optional(o).present,
  value: required,
};

/** Methods of names that are no values: `optional.of(x)`, `sets.contains(a, b)`. */
export const QUALIFIED: Readonly<Record<string, Function>> = {
  'optional.of': (v) => Optional.of(v),
  'optional.none': () => Optional.none,
  'sets.contains': (a, b) => items(b).every((v) => items(a).includes(v)),
  'sets.intersects': (a, b) => items(b).some((v) => items(a).includes(v)),
  'sets.equivalent': (a, b) =>
    items(b).every((v) => items(a).includes(v)) && items(a).every((v) => items(b).includes(v)),
};

const arithmetic: Readonly<Record<string, (a: number, b: number) => unknown>> = {
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b),
  '%': (a, b) => a % b,
};

/** `a + b` on numbers, strings and lists. */
const plus = (a: unknown, b: unknown): unknown => {
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  return numeric(a) + numeric(b);
};

const compare = (a: unknown, b: unknown): number => {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return numeric(a) - numeric(b);
};

/** Binary operators, but for those that need not evaluate both sides. */
export const operate = (operator: string, a: unknown, b: unknown): unknown => {
  switch (operator) {
    case '+':
      return plus(a, b);
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    default: {
      const f = arithmetic[operator];
      if (f === undefined) throw new Unreadable(`unknown operator ${operator}`);
      return f(numeric(a), numeric(b));
    }
  }
};

export const not = (value: unknown): boolean => !bool(value);
