/** A field of an event, through transformers if any: `tolower(proc.name)`. */
export interface Operand {
  readonly field: string;
  readonly argument?: string;
  /** Outermost first. */
  readonly transformers: readonly string[];
}
export interface Value {
  readonly text: string;
  readonly quoted: boolean;
}
/** A parsed condition. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | { readonly kind: 'macro'; readonly name: string }
  | {
      readonly kind: 'check';
      readonly left: Operand;
      readonly operator: string;
      /** `anyof`, `allof` or `oneof`. */
      readonly modifier?: string;
      readonly values: readonly Value[];
      /** The right side is a field: `val(proc.pid)`. */
      readonly right?: Operand;
    };

/** A condition that does not parse. */
export class ConditionError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

export const TRANSFORMERS: ReadonlySet<string> = new Set([
  'tolower',
  'toupper',
  'b64',
  'basename',
  'len',
  'join',
  'concat',
  'getopt',
]);
/** Transformers and modifiers that only newer engines know. */
export const NEWER: ReadonlySet<string> = new Set(['len', 'join', 'concat', 'getopt', 'oneof', 'anyof', 'allof']);

const SYMBOLS = ['<=', '>=', '==', '!=', '<', '>', '='] as const;
const WORDS: ReadonlySet<string> = new Set([
  'contains',
  'icontains',
  'bcontains',
  'startswith',
  'bstartswith',
  'endswith',
  'glob',
  'iglob',
  'regex',
]);
const LISTS: ReadonlySet<string> = new Set(['in', 'intersects', 'pmatch']);
const MODIFIERS: ReadonlySet<string> = new Set(['oneof', 'anyof', 'allof']);
const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'exists', ...WORDS, ...LISTS]);
const MAX_DEPTH = 100;

const BLANK = /[ \t\b\r\n]*/y;
const FIELD = /[A-Za-z]\w*(?:\.[A-Za-z]\w*)+/y;
const IDENTIFIER = /[A-Za-z]\w*/y;
const ARGUMENT = /[^[\]"'\s]+/y;
const BARE = /[^()"'\s=,]+/y;
const QUOTED = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;

class Parser {
  private at = 0;
  private depth = 0;
  constructor(private readonly text: string) {}

  parse(): Condition {
    const condition = this.or();
    if (this.at < this.text.length) this.fail("expected 'and', 'or' or the end");
    return condition;
  }

  private fail(message: string): never {
    const found = this.text.slice(this.at, this.at + 20);
    throw new ConditionError(`${message}; found ${found === '' ? 'the end' : `'${found}'`}`, this.at);
  }
  private blank(): void {
    this.match(BLANK);
  }
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found;
  }
  private symbol(symbol: string): boolean {
    if (!this.text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    return true;
  }
  /** A whole word, which the next character must end. */
  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at) || /[\w.]/.test(this.text[this.at + word.length] ?? ' ')) return false;
    this.at += word.length;
    return true;
  }

  private or(): Condition {
    return this.terms('or', () => this.and());
  }
  private and(): Condition {
    return this.terms('and', () => this.not());
  }
  private terms(kind: 'and' | 'or', next: () => Condition): Condition {
    const terms = [next()];
    this.blank();
    while (this.word(kind)) {
      terms.push(next());
      this.blank();
    }
    return terms.length === 1 ? (terms[0] as Condition) : { kind, terms };
  }
  private not(): Condition {
    this.blank();
    let negated = false;
    while (this.word('not')) {
      negated = !negated;
      this.blank();
    }
    const term = this.term();
    return negated ? { kind: 'not', term } : term;
  }
  private term(): Condition {
    if (!this.symbol('(')) return this.check();
    if (++this.depth >= MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH}`);
    const inner = this.or();
    this.depth--;
    this.blank();
    if (!this.symbol(')')) this.fail("expected ')'");
    return inner;
  }

  private check(): Condition {
    const left = this.operand();
    if (left === undefined) {
      const name = this.match(IDENTIFIER);
      if (name === undefined || KEYWORDS.has(name)) return this.fail('expected a field, a macro or (');
      return { kind: 'macro', name };
    }
    this.blank();
    if (this.word('exists')) return { kind: 'check', left, operator: 'exists', values: [] };
    const operator = this.operator();
    const modifier = LISTS.has(operator) ? undefined : this.modifier();
    this.blank();
    const right = this.reference();
    if (right !== undefined) return { kind: 'check', left, operator, values: [], right };
    const values = LISTS.has(operator) || modifier !== undefined ? this.list() : [this.value()];
    return { kind: 'check', left, operator, ...(modifier === undefined ? {} : { modifier }), values };
  }
  private operator(): string {
    for (const symbol of SYMBOLS) if (this.symbol(symbol)) return symbol;
    const start = this.at;
    const word = this.match(IDENTIFIER) ?? '';
    if ((WORDS.has(word) || LISTS.has(word)) && /[\s(]/.test(this.text[this.at] ?? '')) return word;
    this.at = start;
    return this.fail('expected an operator');
  }
  private modifier(): string | undefined {
    this.blank();
    for (const modifier of MODIFIERS) if (this.word(modifier)) return modifier;
    return undefined;
  }
  /** A field, or a field within transformers. */
  private operand(): Operand | undefined {
    const start = this.at;
    const name = this.match(IDENTIFIER) ?? '';
    if (TRANSFORMERS.has(name) && this.symbol('(')) return this.transformed(name);
    this.at = start;
    return this.field();
  }
  private transformed(name: string): Operand {
    if (++this.depth >= MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH}`);
    this.blank();
    const inner = this.operand() ?? this.fail(`expected a field within ${name}()`);
    this.depth--;
    this.blank();
    if (!this.symbol(')')) this.fail(`expected ')' after ${name}(`);
    return { ...inner, transformers: [name, ...inner.transformers] };
  }
  private field(): Operand | undefined {
    const field = this.match(FIELD);
    if (field === undefined) return undefined;
    if (!this.symbol('[')) return { field, transformers: [] };
    const argument = this.match(QUOTED)?.slice(1, -1) ?? this.match(ARGUMENT) ?? this.fail('expected an argument');
    if (!this.symbol(']')) this.fail("expected ']'");
    return { field, argument, transformers: [] };
  }
  /** A field on the right side is always wrapped: a bare one would be text. */
  private reference(): Operand | undefined {
    const start = this.at;
    const name = this.match(IDENTIFIER) ?? '';
    if ((name === 'val' || TRANSFORMERS.has(name)) && this.symbol('(')) {
      const { transformers, ...rest } = this.transformed(name);
      return { ...rest, transformers: transformers.filter((t) => t !== 'val') };
    }
    this.at = start;
    return undefined;
  }
  private value(): Value {
    this.blank();
    const quoted = this.match(QUOTED);
    if (quoted !== undefined) return { text: quoted.slice(1, -1).replace(/\\(.)/g, '$1'), quoted: true };
    const text = this.match(BARE);
    if (text === undefined || KEYWORDS.has(text)) return this.fail('expected a value');
    return { text, quoted: false };
  }
  private list(): readonly Value[] {
    this.blank();
    if (!this.symbol('(')) return this.fail('expected a list in parentheses');
    this.blank();
    if (this.symbol(')')) return [];
    const values = [this.value()];
    this.blank();
    while (this.symbol(',')) {
      values.push(this.value());
      this.blank();
    }
    if (!this.symbol(')')) this.fail("expected ',' or ')'");
    return values;
  }
}

/**
 * Parses a Falco condition, a little more strictly than Falco does: words end where words end, and lists stand in
 * parentheses. @throws ConditionError
 */
export const parseCondition = (text: string): Condition => new Parser(text).parse();
