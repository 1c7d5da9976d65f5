import { FUNCTIONS, METHODS, not, operate, QUALIFIED } from './functions';
import { lex, type Token, Unreadable } from './lex';
import { MACROS } from './macros';
import {
  bool,
  combined,
  constant,
  contains,
  type Eval,
  type Expression,
  equal,
  hasKey,
  NOWHERE,
  numeric,
  Optional,
  type Scope,
  select,
  selectOptional,
} from './values';

/** Operators by how tightly they bind, loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** `&&` and `||`: one side that decides is enough, even where the other is an error. */
const logical = (deciding: boolean, a: Eval, b: Eval): Eval => {
  return (scope) => {
    let left: boolean;
    try {
      left = bool(a(scope));
    } catch (error) {
      if (bool(b(scope)) === deciding) return deciding;
      throw error;
    }
    return left === deciding ? deciding : bool(b(scope));
  };
};

/** `a in b`; a list of texts that never changes is looked up. */
const within = (a: Eval, b: Eval): Eval => {
  const list = b.constant === true ? b(NOWHERE) : undefined;
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return (s) => contains(b(s), a(s));
  const known = new Set<unknown>(list);
  return (s) => known.has(a(s));
};

const binary = (operator: string, a: Eval, b: Eval): Eval => {
  if (operator === '&&') return logical(false, a, b);
  if (operator === '||') return logical(true, a, b);
  if (operator === '==') return (s) => equal(a(s), b(s));
  if (operator === '!=') return (s) => !equal(a(s), b(s));
  if (operator === 'in') return within(a, b);
  return (s) => operate(operator, a(s), b(s));
};

/** A parsed piece; `path` while it is nothing but names and dots, `select` while it may stand in `has()`. */
interface Piece {
  readonly run: Eval;
  readonly path?: string;
  readonly has?: Eval;
}

const LIBRARIES = new Set(Object.keys(QUALIFIED).map((name) => name.split('.')[0]));

/** Recursive descent over the tokens of one expression. */
class Parser {
  private readonly tokens: readonly Token[];
  private position = 0;
  /** Names of the macros that this place is in. */
  private readonly bound: string[] = [];
  private readonly free = new Set<string>();

  constructor(source: string) {
    this.tokens = lex(source);
  }

  whole(): Expression {
    const run = this.ternary();
    if (this.peek().kind !== 'end') throw new Unreadable(`unexpected '${this.peek().text}'`);
    return Object.assign((scope: Scope) => run(scope), { names: this.free });
  }

  private peek(): Token {
    return this.tokens[this.position] as Token;
  }
  private next(): Token {
    const token = this.peek();
    this.position++;
    return token;
  }
  private is(text: string): boolean {
    const token = this.peek();
    return token.text === text && (token.kind === 'operator' || token.kind === 'name');
  }
  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.position++;
    return true;
  }
  private expect(text: string): void {
    if (!this.take(text)) throw new Unreadable(`expected '${text}', found '${this.peek().text}'`);
  }
  private name(): string {
    const token = this.next();
    if (token.kind !== 'name') throw new Unreadable(`expected a name, found '${token.text}'`);
    return token.text;
  }

  private ternary(): Eval {
    const test = this.level(0);
    if (!this.take('?')) return test;
    const yes = this.ternary();
    this.expect(':');
    const no = this.ternary();
    return (s) => (bool(test(s)) ? yes(s) : no(s));
  }

  private level(depth: number): Eval {
    const operators = LEVELS[depth];
    if (operators === undefined) return this.unary();
    let left = this.level(depth + 1);
    for (;;) {
      const operator = operators.find((o) => this.is(o));
      if (operator === undefined) return left;
      this.position++;
      left = binary(operator, left, this.level(depth + 1));
    }
  }

  private unary(): Eval {
    if (this.take('!')) {
      const inner = this.unary();
      return (s) => not(inner(s));
    }
    if (this.take('-')) {
      const inner = this.unary();
      return (s) => -numeric(inner(s));
    }
    return this.postfix().run;
  }

  private postfix(): Piece {
    let piece = this.primary();
    for (;;) {
      if (this.take('.')) piece = this.take('?') ? this.optionalField(piece) : this.member(piece);
      else if (this.take('[')) piece = this.index(piece);
      else if (piece.path !== undefined && this.take('{')) piece = { run: this.fields() };
      else return piece;
    }
  }

  private optionalField(piece: Piece): Piece {
    const key = this.name();
    return { run: (s) => selectOptional(piece.run(s), key) };
  }

  private index(piece: Piece): Piece {
    const isOptional = this.take('?');
    const key = this.ternary();
    this.expect(']');
    return isOptional
      ? { run: (s) => selectOptional(piece.run(s), key(s)) }
      : { run: (s) => select(piece.run(s), key(s)) };
  }

  private member(piece: Piece): Piece {
    const key = this.name();
    if (this.take('(')) return { run: this.call(piece, key) };
    if (piece.path === 'variables') this.free.add(`variables.${key}`);
    return {
      run: (s) => select(piece.run(s), key),
      has: (s) => {
        const value = piece.run(s);
        return value instanceof Optional ? value.present && hasKey(value.value, key) : hasKey(value, key);
      },
      ...(piece.path === undefined ? {} : { path: `${piece.path}.${key}` }),
    };
  }

  private call(piece: Piece, method: string): Eval {
    const macro = MACROS[method];
    if (macro !== undefined && this.peek().kind === 'name' && this.tokens[this.position + 1]?.text === ',') {
      const variable = this.name();
      this.expect(',');
      this.bound.push(variable);
      const bodies = this.args();
      this.bound.pop();
      return macro(piece.run, variable, ...bodies);
    }
    const args = this.args();
    const qualified = piece.path === undefined ? undefined : QUALIFIED[`${piece.path}.${method}`];
    if (qualified !== undefined) return (s) => qualified(...args.map((a) => a(s)));
    const f = METHODS[method];
    if (f === undefined) throw new Unreadable(`unknown method ${method}()`);
    return (s) => f(piece.run(s), ...args.map((a) => a(s)));
  }

  private args(): Eval[] {
    const args: Eval[] = [];
    while (!this.take(')')) {
      args.push(this.ternary());
      if (!this.is(')')) this.expect(',');
    }
    return args;
  }

  private primary(): Piece {
    const token = this.next();
    if (token.kind === 'string' || token.kind === 'number') return { run: constant(token.value) };
    if (token.kind === 'name') return this.named(token.text);
    if (token.text === '(') {
      const run = this.ternary();
      this.expect(')');
      return { run };
    }
    if (token.text === '[') return { run: this.listLiteral() };
    if (token.text === '{') return { run: this.fields() };
    throw new Unreadable(`unexpected '${token.text}'`);
  }

  private named(name: string): Piece {
    if (name === 'true' || name === 'false') return { run: constant(name === 'true') };
    if (name === 'null') return { run: constant(null) };
    if (!this.take('(')) return this.variable(name);
    if (name === 'has') return { run: this.has() };
    const args = this.args();
    // A type's name is for the checker; the value stays as it is, and constant if it was.
    if (name === 'dyn' && args[0] !== undefined) return { run: args[0] };
    const f = FUNCTIONS[name];
    if (f !== undefined) return { run: (s) => f(...args.map((a) => a(s))) };
    // Functions of a host, such as those that verify signatures, come with the scope.
    return {
      run: (s) => {
        const host = s.get(`${name}()`);
        if (typeof host !== 'function') throw new Unreadable(`unknown function ${name}()`);
        return host(...args.map((a) => a(s)));
      },
    };
  }

  private variable(name: string): Piece {
    // Names of types, as in `JSONPatch{…}`, and of libraries, as in `optional.of()`, are no values.
    if (!this.bound.includes(name) && !this.is('{') && !LIBRARIES.has(name)) this.free.add(name);
    return { run: (s) => s.get(name), path: name };
  }

  private has(): Eval {
    const piece = this.postfix();
    this.expect(')');
    if (piece.has === undefined) throw new Unreadable('has() needs a field');
    return piece.has;
  }

  private listLiteral(): Eval {
    const entries: Eval[] = [];
    while (!this.take(']')) {
      entries.push(this.ternary());
      if (!this.is(']')) this.expect(',');
    }
    return combined(entries, (s) => entries.map((e) => e(s)));
  }

  /** Entries of a map or fields of a message, after its brace. */
  private fields(): Eval {
    const entries: (readonly [Eval, Eval])[] = [];
    while (!this.take('}')) {
      const field = this.peek().kind === 'name' && this.tokens[this.position + 1]?.text === ':';
      const name = field ? this.name() : undefined;
      const key: Eval = name === undefined ? this.ternary() : constant(name);
      this.expect(':');
      entries.push([key, this.ternary()]);
      if (!this.is('}')) this.expect(',');
    }
    return combined(entries.flat(), (s) => Object.fromEntries(entries.map(([k, v]) => [String(k(s)), v(s)])));
  }
}

const compiled = new Map<string, Expression | Unreadable>();
const LIMIT = 256;

const compile = (source: string): Expression | Unreadable => {
  try {
    return new Parser(source).whole();
  } catch (error) {
    return error instanceof Unreadable ? error : new Unreadable(String(error));
  }
};

/**
 * An expression, ready to run. Cached by its text.
 * @throws Unreadable where it is no CEL that this reader knows
 */
export function cel(source: string): Expression {
  let known = compiled.get(source);
  if (known === undefined) {
    if (compiled.size >= LIMIT) compiled.clear();
    known = compile(source);
    compiled.set(source, known);
  }
  if (known instanceof Unreadable) throw known;
  return known;
}
