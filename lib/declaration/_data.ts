import type { DeclarationFinding } from '../errors';
import { showPath } from './_show';

/** Keys that reach into JavaScript's own machinery: they are no names. */
const NO_NAMES = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_DEPTH = 32;
const MAX_TEXT = 65_536;
/** Longer than any list that a schema allows. */
const MAX_LIST = 100_000;

const PLAIN = 'plain data: text, numbers, true or false, lists and objects';
const UNFINISHED = 'finish the call that makes the value, such as .over(5).within(Duration.minutes(10))';
const FACTORY = 'write the value itself, or use the factory that makes it';

type Path = readonly PropertyKey[];

const className = (value: object): string => {
  const made: unknown = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value), 'constructor')?.value;
  const name = typeof made === 'function' ? made.name : '';
  return /^\w{1,40}$/.test(name) ? `an instance of ${name}` : 'an instance of a class';
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** Copies plain data once, so that what is checked is what is used; notes everything else. */
class Copier {
  readonly findings: DeclarationFinding[] = [];
  private readonly done = new Map<object, unknown>();
  private readonly open = new Map<object, string>();

  copy(value: unknown, path: Path): unknown {
    if (typeof value === 'number') return value === 0 ? 0 : value;
    if (typeof value === 'string')
      return value.length > MAX_TEXT
        ? this.refuse(
            path,
            `text of ${value.length} characters`,
            `text of at most ${MAX_TEXT} characters`,
            'shorten it',
          )
        : value;
    if (value === null || value === undefined || typeof value === 'boolean') return value;
    if (typeof value === 'function') return this.refuse(path, 'a function', PLAIN, UNFINISHED);
    if (typeof value !== 'object') return this.refuse(path, `a ${typeof value}`);
    if (this.done.has(value)) return this.done.get(value);
    const outer = this.open.get(value);
    if (outer !== undefined)
      return this.refuse(path, `the object that stands at ${outer || 'the root'}, again`, 'data without cycles');
    if (path.length > MAX_DEPTH)
      return this.refuse(path.slice(0, 3), `more than ${MAX_DEPTH} levels`, 'the shape of a declaration', 'flatten it');
    return this.enter(value, path);
  }

  private enter(value: object, path: Path): unknown {
    this.open.set(value, showPath(path));
    const copy = this.readable(value, path);
    this.open.delete(value);
    if (copy !== undefined) this.done.set(value, copy);
    return copy;
  }

  /** Proxies may throw whatever they like. */
  private readable(value: object, path: Path): unknown {
    try {
      return Array.isArray(value) ? this.list(value, path) : this.object(value, path);
    } catch {
      return this.refuse(path, 'an object that cannot be read');
    }
  }

  private list(value: readonly unknown[], path: Path): unknown {
    if (value.length > MAX_LIST)
      return this.refuse(path, `a list of ${value.length}`, 'a list that people can review', 'shorten it');
    const copy: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const own = Object.getOwnPropertyDescriptor(value, i);
      if (own === undefined)
        return this.refuse(path, `a list with a hole at [${i}]`, 'a list without holes', 'close it');
      copy.push(this.property(own, [...path, i]));
    }
    return copy;
  }

  private object(value: object, path: Path): unknown {
    if (!isPlain(value)) return this.refuse(path, className(value));
    const copy: Record<string, unknown> = {};
    for (const key of Reflect.ownKeys(value)) {
      const own = Object.getOwnPropertyDescriptor(value, key);
      const where = [...path, key];
      if (own?.enumerable !== true) continue;
      if (typeof key === 'symbol') this.refuse(where, 'a symbol as key', 'text as key', 'remove it');
      else if (NO_NAMES.has(key)) this.refuse(where, `the key "${key}"`, 'a name of its own', 'choose another name');
      else {
        const inner = this.property(own, where);
        if (inner !== undefined) copy[key] = inner;
      }
    }
    return copy;
  }

  private property(own: PropertyDescriptor, path: Path): unknown {
    return own.get !== undefined || own.set !== undefined
      ? this.refuse(path, 'a getter or setter', 'a value, the same however often it is read', 'write the value itself')
      : this.copy(own.value, path);
  }

  private refuse(path: Path, found: string, expected = PLAIN, fix = FACTORY): undefined {
    this.findings.push({ path: showPath(path), found, expected, fix });
    return undefined;
  }
}

/** A copy that shares nothing with the value, without `undefined` and `-0`, and what in the value was no data. */
export function plainData(value: unknown): { readonly data: unknown; readonly findings: DeclarationFinding[] } {
  const copier = new Copier();
  return { data: copier.copy(value, []), findings: copier.findings };
}
