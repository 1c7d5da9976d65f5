/**
 * Plain data as block YAML that every parser of YAML 1.1 or 1.2 reads as the same values. Strings are plain only where
 * no parser can take them for something else, literal blocks only where they come back exactly, quoted otherwise.
 * Written by hand because it decides bytes: it does not change with a dependency, and costs a fraction of one.
 */
export function toYaml(object: object): string {
  return isEmpty(object) ? `${scalar(object, '')}\n` : block(object, '').replace(/^\n/, '');
}

const STEP = '  ';
/** Above this length an implicit key is no longer valid YAML. */
const MAX_IMPLICIT_KEY = 1000;

const isEmpty = (value: object): boolean => (Array.isArray(value) ? value : Object.keys(value)).length === 0;

const isCollection = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !isEmpty(value);

/** A collection as lines, each led by a line break and `indent`; the last one ended. */
function block(value: object, indent: string): string {
  return Array.isArray(value) ? sequence(value, indent) : mapping(value as Record<string, unknown>, indent);
}

function mapping(value: Record<string, unknown>, indent: string): string {
  let out = '';
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const name = text(key);
    const lead = name.length > MAX_IMPLICIT_KEY ? `${indent}? ${name}\n${indent}:` : `${indent}${name}:`;
    out += isCollection(item) ? `${lead}\n${block(item, indent + STEP)}` : `${lead} ${scalar(item, indent + STEP)}\n`;
  }
  return out;
}

function sequence(value: readonly unknown[], indent: string): string {
  let out = '';
  for (const item of value) {
    // The first line of a collection stands beside its dash.
    out += isCollection(item)
      ? `${indent}- ${block(item, indent + STEP).slice(indent.length + STEP.length)}`
      : `${indent}- ${scalar(item, indent + STEP)}\n`;
  }
  return out;
}

function scalar(value: unknown, indent: string): string {
  switch (typeof value) {
    case 'string':
      return value.includes('\n') && isLiteral(value) ? literal(value, indent) : text(value);
    case 'number':
      return number(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? '[]' : '{}';
    case 'undefined':
      return 'null';
    default:
      throw new TypeError(`${typeof value} is no value of a manifest`);
  }
}

/** YAML 1.1 reads an exponent without a point as a string. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is no value of a manifest`);
  const digits = String(value);
  return digits.includes('e') && !digits.includes('.') ? digits.replace('e', '.0e') : digits;
}

const PLAIN = /^[A-Za-z0-9_/$.+-][ -~]*$/;
/** Where plain text would end, or become a key, a comment or an item. */
const BREAKS_PLAIN = /: |:$| #| $|^- /;
/** Words that some parser reads as boolean, null or number, `e5` among them. */
const WORD = /^[-+]?\.?(true|false|yes|no|on|off|y|n|null|nan|inf|e[-+]?[0-9]+)$/i;
/** Text that may be a number, a date, a sexagesimal or a document marker to some parser. */
const NUMBER_LIKE = /^[0-9.+-][0-9a-fxotz_:,.+ -]*$/i;

/** A string on one line. */
function text(value: string): string {
  if (PLAIN.test(value) && !BREAKS_PLAIN.test(value) && !WORD.test(value) && !NUMBER_LIKE.test(value)) return value;
  if (/["\\]/.test(value) && /^[ -~]*$/.test(value) && !value.includes("'")) return `'${value}'`;
  return quoted(value);
}

/** What JSON leaves as it is and some parser takes for a line break, or does not print. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const quoted = (value: string): string =>
  JSON.stringify(value).replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Not at the start of a literal, where it would set the indentation; not behind the last line, where it would vanish. */
const LOOSE_ENDS = /^[\n\t ]|\n[\t ]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const NOT_LITERAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

const isLiteral = (value: string): boolean => !LOOSE_ENDS.test(value) && !NOT_LITERAL.test(value);

function literal(value: string, indent: string): string {
  const body = value.endsWith('\n') ? value.slice(0, -1) : value;
  const chomp = value.endsWith('\n\n') ? '+' : value.endsWith('\n') ? '' : '-';
  return `|${chomp}\n${indent}${body.replace(/\n(?!\n|$)/g, `\n${indent}`)}`;
}
