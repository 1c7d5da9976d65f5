import { Denial } from '../denial';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (what: string): Denial => new Denial('malformed-json', what);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes that are UTF-8, all of them. A byte order mark stays, and JSON has no place for it. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

const checkString = (value: string): string => {
  if (LONE_SURROGATE.test(value)) throw malformed('a string holds half of a character');
  return value;
};

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
const endsScalar = (code: number): boolean => isSpace(code) || code === 0x2c || code === 0x5d || code === 0x7d;

/** Sets the prototype in careless readers. */
const RESERVED = '__proto__';

/** More digits than this, and a reader that keeps them all sees another number. */
const SIGNIFICANT_DIGITS = 17;

const checkNumber = (token: string): void => {
  const number = Number(token);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)))
    throw malformed('a number is larger than what everybody reads alike');
  const digits = (token.split(/[eE]/)[0] ?? '').replace(/[-.]/g, '').replace(/^0+/, '');
  if (digits.length > SIGNIFICANT_DIGITS || (number === 0 && digits !== ''))
    throw malformed('a number has more digits than what everybody reads alike');
};

/** Whether a character is escaped: an odd number of backslashes stands before it. */
const isEscaped = (text: string, at: number): boolean => {
  let before = at;
  while (text[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
};

/** Where the string that starts here ends, or the text does. */
const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
};

/**
 * What `JSON.parse` accepts but others read differently: keys that come twice, numbers that lose digits, halves of
 * characters. Whoever reads the body after us must see what we judged. `JSON.parse` has accepted the text before, so
 * this walks well-formed JSON alone.
 */
class Scanner {
  private at = 0;
  constructor(private readonly text: string) {}

  value(): void {
    this.space();
    const first = this.text[this.at];
    if (first === '{') this.object();
    else if (first === '[') this.array();
    else if (first === '"') this.string();
    else this.scalar();
    this.space();
  }

  private object(): void {
    const keys = new Set<string>();
    do {
      this.at++;
      this.space();
      if (this.text[this.at] === '}') break;
      const key = this.string();
      if (keys.has(key)) throw malformed('a key comes twice in one object');
      if (key === RESERVED) throw malformed(`the key ${RESERVED} means different things to different readers`);
      keys.add(key);
      this.space();
      this.at++;
      this.value();
    } while (this.text[this.at] === ',');
    this.at++;
  }

  private array(): void {
    do {
      this.at++;
      this.space();
      if (this.text[this.at] === ']') break;
      this.value();
    } while (this.text[this.at] === ',');
    this.at++;
  }

  private string(): string {
    const start = this.at;
    const end = endOfString(this.text, start);
    this.at = end + 1;
    const inside = this.text.slice(start + 1, end);
    return inside.includes('\\') ? checkString(JSON.parse(`"${inside}"`) as string) : inside;
  }

  private scalar(): void {
    const start = this.at;
    while (this.at < this.text.length && !endsScalar(this.text.charCodeAt(this.at))) this.at++;
    const token = this.text.slice(start, this.at);
    if (!/^[tfn]/.test(token)) checkNumber(token);
  }

  private space(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }
}

const [QUOTE, OPEN_OBJECT, OPEN_ARRAY, CLOSE_OBJECT, CLOSE_ARRAY] = [0x22, 0x7b, 0x5b, 0x7d, 0x5d];

/** How deep brackets open outside of strings: measured before `JSON.parse`, which knows no limit. */
const depthOf = (text: string): number => {
  let [depth, deepest] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i);
    else if (c === OPEN_OBJECT || c === OPEN_ARRAY) deepest = Math.max(deepest, ++depth);
    else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) depth--;
  }
  return deepest;
};

/** JSON that has one meaning, or a denial. */
export function parseJson(text: string, maxDepth: number): Json {
  if (depthOf(text) > maxDepth) throw malformed(`nested deeper than ${maxDepth}`);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw malformed('the body is not JSON');
  }
  new Scanner(text).value();
  return value;
}
