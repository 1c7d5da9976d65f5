import { Denial } from '../denial';

/** Characters that show nothing: zero widths, directions, tags, soft hyphens, variation selectors. */
const INVISIBLE = /\p{Cf}|\u034f|[\u115f\u1160\u3164\uffa0]|[\u17b4\u17b5]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

const ASCII = /^[\0-\x7f]*$/;

/** Text as it reads: one form of each character, nothing that cannot be seen. ASCII is that already. */
export const normalised = (text: string): string =>
  ASCII.test(text) ? text : text.normalize('NFKC').replace(INVISIBLE, '');

const LONGEST_TOTAL = 8 * 1024 * 1024;

const codePoint = (whole: string, digits: string, base: number): string => {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
};
const percent = (text: string): string =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
const escapes = (text: string): string =>
  text
    .replace(/\\u([0-9A-Fa-f]{4})/g, (whole, digits: string) => codePoint(whole, digits, 16))
    .replace(/&#x([0-9A-Fa-f]{1,6});/g, (whole, digits: string) => codePoint(whole, digits, 16))
    .replace(/&#([0-9]{1,7});/g, (whole, digits: string) => codePoint(whole, digits, 10));

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Text of bytes that are text, and not an image or a key that only looks like an encoding. */
const readable = (bytes: Buffer): string | undefined => {
  try {
    const text = utf8.decode(bytes);
    return /^[\P{C}\s]+$/u.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
};
const inside = (pattern: RegExp, encoding: 'base64' | 'hex') => (text: string) =>
  [...text.matchAll(pattern)].flatMap(([run]) => readable(Buffer.from(run, encoding)) ?? []);
// From the first character of a run on: to try each of them again takes six times as long, and finds nothing more.
const base64 = inside(/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}/g, 'base64');
const hex = inside(/(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){16,}/g, 'hex');
/** Without any of these there is nothing to decode. */
const ENCODED = /[%\\&]|(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24}/;

const decodings = (text: string): string[] =>
  ENCODED.test(text)
    ? [percent(text), escapes(text), ...base64(text), ...hex(text)].filter((decoded) => decoded !== text)
    : [];

/**
 * What a text may be read as, itself first: normalised, and decoded again and again. What is encoded deeper than is
 * looked through does not pass.
 */
export function readings(text: string, maxDepth: number): readonly string[] {
  const seen = new Set([text, normalised(text)]);
  let layer = [...seen];
  let total = 0;
  for (let depth = 0; layer.length > 0; depth++) {
    const next: string[] = [];
    for (const reading of layer)
      for (const decoded of decodings(reading).map(normalised)) {
        if (seen.has(decoded)) continue;
        total += decoded.length;
        if (depth >= maxDepth || total > LONGEST_TOTAL)
          throw new Denial('guard-blocked', 'text is encoded deeper than is looked through');
        seen.add(decoded);
        next.push(decoded);
      }
    layer = next;
  }
  return [...seen];
}
