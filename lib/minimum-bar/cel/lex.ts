/** A token of a CEL expression. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'end';
  readonly text: string;
  /** What a literal says. */
  readonly value?: string | number;
}

/** What CEL itself calls an error: a key that is not there, a type that does not fit. */
export class CelError extends Error {}

/** An expression that is no CEL, or uses what this reader does not know: nothing can be said about it. */
export class Unreadable extends CelError {}

const PATTERNS: readonly [Token['kind'] | 'space', RegExp][] = [
  ['space', /(?:\s+|\/\/[^\n]*)/y],
  ['string', /(?:[rR])?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y],
  ['number', /0[xX][0-9a-fA-F]+u?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?u?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['operator', /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y],
];

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
};

const unescaped = (text: string): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_all, code: string) => {
    if (code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    const known = ESCAPES[code];
    if (known === undefined) throw new Unreadable(`unknown escape \\${code}`);
    return known;
  });

const stringValue = (text: string): string => {
  const raw = /^[rR]/.test(text);
  const quoted = raw ? text.slice(1) : text;
  const width = /^("""|''')/.test(quoted) ? 3 : 1;
  const inner = quoted.slice(width, -width);
  return raw ? inner : unescaped(inner);
};

const token = (kind: Token['kind'], text: string): Token => {
  if (kind === 'string') return { kind, text, value: stringValue(text) };
  if (kind === 'number') return { kind, text, value: Number(text.replace(/u$/, '')) };
  return { kind, text };
};

/** The tokens of an expression. */
export function lex(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < source.length) {
    const start = position;
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = position;
      const text = pattern.exec(source)?.[0];
      if (text === undefined || text === '') continue;
      if (kind !== 'space') tokens.push(token(kind, text));
      position += text.length;
      break;
    }
    if (position === start) throw new Unreadable(`unexpected '${source[position]}' at ${position}`);
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}
