import canonicalize from 'canonicalize';

/** Strings that have no UTF-8, which RFC 8785 refuses. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** The one JSON text of a value (RFC 8785). @throws TypeError for what has none: not a number, half a character */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('there is no JSON for this value');
  // Half a character is escaped in the text: read back, it is found again.
  if (/\\ud[89a-f]/i.test(text) && hasLoneSurrogate(JSON.parse(text)))
    throw new TypeError('half a character (a lone surrogate) has no canonical JSON');
  return text;
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => LONE_SURROGATE.test(key) || hasLoneSurrogate(inner));
}
