import { CelError, Unreadable } from './lex';

/** An optional value: what `.?field` gives. */
export class Optional {
  static readonly none = new Optional(false, undefined);
  static of(value: unknown): Optional {
    return new Optional(true, value);
  }
  private constructor(
    readonly present: boolean,
    readonly value: unknown,
  ) {}
}

/** The names of an expression, and what they stand for. Values that are functions are computed at first use. */
export class Scope {
  constructor(private readonly names: Readonly<Record<string, unknown>>) {}

  get(name: string): unknown {
    if (Object.hasOwn(this.names, name)) return this.names[name];
    throw new Unreadable(`unknown name '${name}'`);
  }

  with(name: string, value: unknown): Scope {
    return new Inner(this, name, value);
  }
}

/** One name more, as macros bind it to each item. */
class Inner extends Scope {
  constructor(
    private readonly outer: Scope,
    private readonly name: string,
    private readonly value: unknown,
  ) {
    super(NONE);
  }

  override get(name: string): unknown {
    return name === this.name ? this.value : this.outer.get(name);
  }
}
const NONE = {};

/** A parsed expression. `constant`: it says the same in every scope. */
export interface Eval {
  (scope: Scope): unknown;
  readonly constant?: true;
}

/** A whole expression, with the names it takes from its scope: `object`, `variables.agent`. */
export interface Expression extends Eval {
  readonly names: ReadonlySet<string>;
}

/** An expression that is a value. */
export const constant = (value: unknown): Eval => Object.assign(() => value, { constant: true as const });

/** An expression of parts; worked out at once where all of them are constant. */
export const combined = (parts: readonly Eval[], run: Eval): Eval =>
  parts.every((part) => part.constant === true) ? constant(run(NOWHERE)) : run;

/** Where no name is known: enough for what is constant. */
export const NOWHERE = new Scope({});

/** Values that are computed when an expression asks for them: `variables.x`. */
export class Lazy {
  constructor(readonly compute: (key: string) => unknown) {}
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a map or list has a key. */
export function hasKey(value: unknown, key: unknown): boolean {
  if (Array.isArray(value)) return typeof key === 'number' && key >= 0 && key < value.length;
  if (isMap(value)) return Object.hasOwn(value, String(key)) && value[String(key)] !== undefined;
  throw new CelError(`no field '${String(key)}' in ${value === null ? 'null' : typeof value}`);
}

/** `value.key` and `value[key]`; viral over optionals, an error where the key is missing. */
export function select(value: unknown, key: unknown): unknown {
  if (value instanceof Optional) return value.present ? selectOptional(value.value, key) : Optional.none;
  if (value instanceof Lazy) return value.compute(String(key));
  if (!hasKey(value, key)) throw new CelError(`no such key: ${String(key)}`);
  return (value as Record<string, unknown>)[String(key)];
}

/** `value.?key` and `value[?key]`. */
export function selectOptional(value: unknown, key: unknown): Optional {
  if (value instanceof Optional) return value.present ? selectOptional(value.value, key) : Optional.none;
  return hasKey(value, key) ? Optional.of((value as Record<string, unknown>)[String(key)]) : Optional.none;
}

/** CEL equality: by value, of any depth. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Optional && b instanceof Optional)
    return a.present === b.present && (!a.present || equal(a.value, b.value));
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => equal(v, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && equal(a[k], b[k]));
}

const spelt = new WeakMap<object, string>();
/** A value as one text, the same for values that are equal; undefined for what is no plain data. */
function spelling(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' ? undefined : `${typeof value} ${JSON.stringify(value)}`;
  const known = spelt.get(value);
  if (known !== undefined) return known;
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!plain) return undefined;
  const parts = Array.isArray(value)
    ? value.map((item) => spelling(item))
    : Object.keys(value)
        .sort()
        .map((key) => [JSON.stringify(key), spelling((value as Record<string, unknown>)[key])])
        .map(([key, item]) => (item === undefined ? undefined : `${key}: ${item}`));
  if (parts.includes(undefined)) return undefined;
  const text = Array.isArray(value) ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
  spelt.set(value, text);
  return text;
}

const members = new WeakMap<readonly unknown[], ReadonlySet<string | undefined>>();
/** Items of a list by their spelling: lists of volumes are compared item by item, again for each attack. */
const spellings = (list: readonly unknown[]): ReadonlySet<string | undefined> => {
  const known = members.get(list) ?? new Set(list.map(spelling));
  members.set(list, known);
  return known;
};

/** `a in b` */
export function contains(b: unknown, a: unknown): boolean {
  if (Array.isArray(b)) {
    const own = spelling(a);
    return own === undefined || spellings(b).has(undefined) ? b.some((v) => equal(v, a)) : spellings(b).has(own);
  }
  if (isMap(b)) return Object.hasOwn(b, String(a));
  throw new CelError(`'in' needs a list or a map`);
}

export const bool = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new CelError(`expected a boolean, found ${typeof value}`);
  return value;
};
export const numeric = (value: unknown): number => {
  if (typeof value !== 'number') throw new CelError(`expected a number, found ${typeof value}`);
  return value;
};
export const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new CelError(`expected a string, found ${typeof value}`);
  return value;
};
export const items = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  if (isMap(value)) return Object.keys(value);
  throw new CelError(`expected a list or a map, found ${typeof value}`);
};
