import { isObj, same } from './plain';

/** A small reading of CEL, as far as admission policies use it. What it cannot read or find throws. */
export interface Env {
  readonly get: (name: string) => (() => unknown) | undefined;
}
type Code = (env: Env) => unknown;

class Optional {
  constructor(readonly value: unknown) {}
}
const NONE = new Optional(undefined);
const some = (value: unknown): Optional => (value === undefined ? NONE : new Optional(value));

const TOKEN =
  /\s*(?:(\d+\.?\d*)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|(\[\?|\.\?|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]))/y;
interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'mark' | 'end';
  readonly text: string;
}

/** Code that says the same in every environment. */
const CONSTANT = new WeakSet<Code>();
const constant = (value: unknown): Code => {
  const code: Code = () => value;
  CONSTANT.add(code);
  return code;
};
/** A literal of parts: worked out at once where all of them are constant. */
const literal = (parts: readonly Code[], make: Code): Code =>
  parts.every((part) => CONSTANT.has(part)) ? constant(make({ get: () => undefined })) : make;

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c);

const tokens = (source: string): Token[] => {
  const out: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const match = TOKEN.exec(source);
    if (match === null) throw new Error(`cannot read ${source}`);
    const [, number, single, double, name, mark] = match;
    if (number !== undefined) out.push({ kind: 'number', text: number });
    else if (name !== undefined) out.push({ kind: 'name', text: name });
    else if (mark !== undefined) out.push({ kind: 'mark', text: mark });
    else out.push({ kind: 'string', text: unescaped(single ?? double ?? '') });
  }
  return [...out, { kind: 'end', text: '' }];
};

const truth = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new Error('not a boolean');
  return value;
};
/** Either side may fail where the other decides. */
const either = (a: () => boolean, b: () => boolean, decides: boolean): boolean => {
  let failure: unknown;
  try {
    if (a() === decides) return decides;
  } catch (error) {
    failure = error;
  }
  if (b() === decides) return decides;
  if (failure !== undefined) throw failure;
  return !decides;
};

const alike = (a: unknown, b: unknown): boolean =>
  a instanceof Optional && b instanceof Optional ? same(a.value, b.value) : same(a, b);

const member = (value: unknown, key: unknown): unknown => {
  if (typeof key === 'number' && Array.isArray(value)) return value[key];
  if (typeof key === 'string' && isObj(value)) return Object.hasOwn(value, key) ? value[key] : undefined;
  throw new Error(`no member ${String(key)}`);
};
const select = (value: unknown, key: unknown, optional: boolean): unknown => {
  if (value instanceof Optional) return value === NONE ? NONE : some(member(value.value, key));
  if (optional) return some(member(value, key));
  const found = member(value, key);
  if (found === undefined) throw new Error(`no such key: ${String(key)}`);
  return found;
};

const compare: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  '==': alike,
  '!=': (a, b) => !alike(a, b),
  '<': (a, b) => (a as number) < (b as number),
  '<=': (a, b) => (a as number) <= (b as number),
  '>': (a, b) => (a as number) > (b as number),
  '>=': (a, b) => (a as number) >= (b as number),
  in: (a, b) => {
    if (Array.isArray(b)) return b.some((item) => alike(item, a));
    if (isObj(b)) return Object.hasOwn(b, String(a));
    throw new Error('in what?');
  },
  '+': (a, b) => (Array.isArray(a) && Array.isArray(b) ? [...a, ...b] : sum(a, b)),
  '-': (a, b) => (a as number) - (b as number),
};
const sum = (a: unknown, b: unknown): unknown => {
  if (typeof a !== typeof b) throw new Error('unlike things do not add');
  return typeof a === 'string' ? a + String(b) : (a as number) + (b as number);
};
const LEVELS = [
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
] as const;
const MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const STRINGS: Readonly<Record<string, (on: string, text: string) => unknown>> = {
  startsWith: (on, text) => on.startsWith(text),
  endsWith: (on, text) => on.endsWith(text),
  contains: (on, text) => on.includes(text),
  matches: (on, text) => new RegExp(text).test(on),
  split: (on, text) => on.split(text),
  lowerAscii: (on) => on.toLowerCase(),
};

const ofOptional = (name: string, on: Optional, fallback: unknown): unknown => {
  if (name === 'orValue') return on === NONE ? fallback : on.value;
  if (name === 'hasValue') return on !== NONE;
  if (name === 'value' && on !== NONE) return on.value;
  throw new Error(`no ${name} of an optional`);
};

const method = (name: string, on: unknown, args: readonly unknown[]): unknown => {
  if (on instanceof Optional) return ofOptional(name, on, args[0]);
  if (name === 'size')
    return Array.isArray(on) || typeof on === 'string' ? on.length : Object.keys(on as object).length;
  const apply = STRINGS[name];
  if (typeof on !== 'string' || apply === undefined) throw new Error(`no ${name}`);
  return apply(on, String(args[0]));
};

class Parser {
  private at = 0;
  private readonly all: readonly Token[];
  constructor(source: string) {
    this.all = tokens(source);
  }
  private get next(): Token {
    return this.all[this.at] as Token;
  }
  private is(text: string): boolean {
    return this.next.text === text && (this.next.kind === 'mark' || (this.next.kind === 'name' && text === 'in'));
  }
  private eat(text: string): boolean {
    if (!this.is(text)) return false;
    this.at += 1;
    return true;
  }
  private need(text: string): void {
    if (!this.eat(text)) throw new Error(`expected ${text}, found ${this.next.text}`);
  }
  whole(): Code {
    const code = this.expression();
    if (this.next.kind !== 'end') throw new Error(`unexpected ${this.next.text}`);
    return code;
  }
  private expression(): Code {
    const condition = this.or();
    if (!this.eat('?')) return condition;
    const yes = this.or();
    this.need(':');
    const no = this.expression();
    return (env) => (truth(condition(env)) ? yes(env) : no(env));
  }
  private or(): Code {
    let left = this.and();
    while (this.eat('||')) left = logical(left, this.and(), true);
    return left;
  }
  private and(): Code {
    let left = this.binary(0);
    while (this.eat('&&')) left = logical(left, this.binary(0), false);
    return left;
  }
  private binary(level: number): Code {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (let op = operators.find((o) => this.is(o)); op !== undefined; op = operators.find((o) => this.is(o))) {
      this.at += 1;
      const apply = compare[op] as (a: unknown, b: unknown) => unknown;
      const a = left;
      const b = this.binary(level + 1);
      left = (env) => apply(a(env), b(env));
    }
    return left;
  }
  private unary(): Code {
    if (this.eat('!')) {
      const of = this.unary();
      return (env) => !truth(of(env));
    }
    if (this.eat('-')) {
      const of = this.unary();
      return (env) => -(of(env) as number);
    }
    return this.postfix();
  }
  private postfix(): Code {
    let code = this.primary();
    for (;;) {
      const of = code;
      if (this.is('.') || this.is('.?')) {
        const optional = this.is('.?');
        this.at += 2;
        const name = (this.all[this.at - 1] as Token).text;
        code = this.is('(') && !optional ? this.call(of, name) : selecting(of, name, optional);
      } else if (this.is('[') || this.is('[?')) {
        const optional = this.is('[?');
        this.at += 1;
        const index = this.expression();
        this.need(']');
        code = (env) => select(of(env), index(env), optional);
      } else return code;
    }
  }
  private list(end: string): Code[] {
    const out: Code[] = [];
    while (!this.eat(end)) {
      out.push(this.expression());
      if (!this.eat(',')) {
        this.need(end);
        return out;
      }
    }
    return out;
  }
  private call(on: Code, name: string): Code {
    this.need('(');
    if (!MACROS.has(name)) {
      const args = this.list(')');
      return (env) =>
        method(
          name,
          on(env),
          args.map((arg) => arg(env)),
        );
    }
    const variable = this.next.text;
    this.at += 1;
    this.need(',');
    const body = this.expression();
    this.need(')');
    return (env) => {
      const over = on(env);
      const items = isObj(over) ? Object.keys(over) : over;
      if (!Array.isArray(items)) throw new Error(`${name} of what?`);
      return loop(name, items, (item) => body(within(env, variable, item)));
    };
  }
  private primary(): Code {
    const token = this.next;
    this.at += 1;
    if (token.kind === 'number') return constant(Number(token.text));
    if (token.kind === 'string') return constant(token.text);
    if (token.text === '(') {
      const code = this.expression();
      this.need(')');
      return code;
    }
    if (token.text === '[') {
      const items = this.list(']');
      return literal(items, (env) => items.map((item) => item(env)));
    }
    if (token.text === '{') return this.map();
    if (token.kind !== 'name') throw new Error(`unexpected ${token.text}`);
    if (token.text === 'true' || token.text === 'false') return constant(token.text === 'true');
    if (token.text === 'null') return constant(null);
    return this.is('(') ? this.free(token.text) : (env) => known(env, token.text);
  }
  private map(): Code {
    const entries: [Code, Code][] = [];
    while (!this.eat('}')) {
      const key = this.expression();
      this.need(':');
      entries.push([key, this.expression()]);
      if (!this.eat(',') && !this.is('}')) throw new Error('a map that does not end');
    }
    return literal(entries.flat(), (env) =>
      Object.fromEntries(entries.map(([key, value]) => [String(key(env)), value(env)])),
    );
  }
  private free(name: string): Code {
    this.need('(');
    const args = this.list(')');
    const [first] = args;
    if (name === 'has' && first !== undefined) return present(first);
    if (name === 'dyn' && first !== undefined) return first;
    if (name === 'size' && first !== undefined) return (env) => method('size', first(env), []);
    return (env) => (known(env, name) as (...values: unknown[]) => unknown)(...args.map((arg) => arg(env)));
  }
}

const known = (env: Env, name: string): unknown => {
  const get = env.get(name);
  if (get === undefined) throw new Error(`undeclared ${name}`);
  return get();
};
/** A variable of a macro before all others. */
const within = (env: Env, name: string, value: unknown): Env => ({
  get: (asked) => (asked === name ? () => value : env.get(asked)),
});
/** Selections, in the form that does not fail: what `has` asks. */
const gently = new WeakMap<Code, Code>();
const selecting = (of: Code, name: string, optional: boolean): Code => {
  const code: Code = (env) => select(of(env), name, optional);
  gently.set(code, (env) => select(of(env), name, true));
  return code;
};
const present = (code: Code): Code => {
  const gentle = gently.get(code);
  if (gentle === undefined) throw new Error('has of what?');
  return (env) => gentle(env) !== NONE;
};
const logical =
  (left: Code, right: Code, decides: boolean): Code =>
  (env) =>
    either(
      () => truth(left(env)),
      () => truth(right(env)),
      decides,
    );
const loop = (name: string, items: readonly unknown[], body: (item: unknown) => unknown): unknown => {
  if (name === 'map') return items.map(body);
  if (name === 'filter') return items.filter((item) => truth(body(item)));
  if (name === 'exists_one') return items.filter((item) => truth(body(item))).length === 1;
  const decides = name === 'exists';
  return items.reduceRight<() => boolean>(
    (rest, item) => () => either(() => truth(body(item)), rest, decides),
    () => !decides,
  )();
};

const compiled = new Map<string, Code | Error>();
/** @throws what CEL would call a compile error or a run-time error */
export const evaluate = (source: string, env: Env): unknown => {
  let code = compiled.get(source);
  if (code === undefined) {
    try {
      code = new Parser(source).whole();
    } catch (error) {
      code = error as Error;
    }
    compiled.set(source, code);
  }
  if (code instanceof Error) throw code;
  return code(env);
};

/** Whether it would compile at all. */
export const compiles = (source: string): boolean => {
  try {
    evaluate(source, new Map());
    return true;
  } catch {
    return !(compiled.get(source) instanceof Error);
  }
};
