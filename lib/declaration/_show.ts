import type { DeclarationFinding } from '../errors';

/** Prefixes and envelopes that only credentials have. */
const CREDENTIAL =
  /(^|[^A-Za-z0-9])(sk-(?=[\w-]*[0-9A-Z])[\w-]{8,}|gh[oprsu]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{8,}|A[KS]IA[0-9A-Z]{12,}|AIza[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]+)|-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^/\s:@]*:[^/\s@]+@/;
/** Long random words: hexadecimal, or with capitals and digits mixed in. */
const RANDOM =
  /^((?=[^0-9]*[0-9])(?=[^a-f]*[a-f])[0-9a-f]{32,}|(?=[^0-9]*[0-9])(?=[^A-F]*[A-F])[0-9A-F]{32,}|(?=[^0-9]*[0-9])(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[\w+/-]{32,}={0,2})$/;
/** Names under which a plain string is most likely a credential that was pasted. */
const CREDENTIAL_NAME =
  /pass(word|wd|phrase)|secret|token|credential|api[-_]?key|private[-_]?key|^(auth|authorization|key|pass)$/i;

/** Whether a string is certainly a credential, or holds one. */
export const isCredential = (value: string): boolean => CREDENTIAL.test(value);

/**
 * Whether a string looks like a credential, so that errors hide it and literals of that look are refused. A safety
 * net for what people paste by accident, not a scanner: the rule that no credential has a spelling stands without it.
 */
export const looksLikeSecret = (value: string): boolean => isCredential(value) || RANDOM.test(value.trim());

/** What errors print instead of a credential. */
export const HIDDEN = '(hidden: it may be a credential)';
const LENGTH = 100;

const codePoint = (c: string): string => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
/** Control, format and other invisible characters as escapes: an error is read on terminals. */
const visible = (value: string): string => value.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `<${codePoint(c)}>`);
/** Letters that only look like ASCII are told by their numbers. */
const foreign = (value: string): string => {
  const found = [...new Set(value.match(/[^\p{ASCII}]/gu) ?? [])].slice(0, 5);
  return found.length === 0 ? '' : ` (not ASCII: ${found.map(codePoint).join(', ')})`;
};
const cut = (value: string, length: number): string =>
  value.length > length ? `${value.slice(0, length - 3)}...` : value;

const showString = (value: string, key: string): string => {
  if (looksLikeSecret(value) || CREDENTIAL_NAME.test(key)) return HIDDEN;
  return `"${visible(cut(value, LENGTH)).replaceAll('"', '\\"')}"`;
};

const NAME = /^[a-z0-9][-._a-z0-9]{0,40}$/;
/** Prints until the line is full, however large or deep the value is. */
const print = (value: unknown, key: string, room: number): string => {
  // Inside a larger value, `secret` and `key` are the names that SecretKey holds.
  if (typeof value === 'string') return showString(value, /^(secret|key)$/.test(key) && NAME.test(value) ? '' : key);
  if (typeof value !== 'object' || value === null) return String(value);
  if (room <= 0) return '...';
  return Array.isArray(value)
    ? `[${printAll(value, room, (v, left) => print(v, key, left))}]`
    : `{${printAll(Object.entries(value), room, ([name, v], left) => `${showKey(name)}: ${print(v, name, left - name.length)}`)}}`;
};
const printAll = <T>(values: readonly T[], room: number, one: (value: T, left: number) => string): string => {
  let out = '';
  for (const value of values) {
    if (out.length > room) return `${out}, ...`;
    out += `${out === '' ? '' : ', '}${one(value, room - out.length)}`;
  }
  return out;
};

const showKey = (key: string): string => (looksLikeSecret(key) ? '(hidden)' : visible(cut(key, LENGTH)));

/** A value in one short line. @param key the name it stands under, which tells whether it may be a credential */
export const show = (value: unknown, key: PropertyKey = ''): string => {
  if (value === undefined) return 'nothing';
  if (typeof value !== 'string') return cut(print(value, String(key), LENGTH), LENGTH + 2);
  const printed = showString(value, String(key));
  return printed === HIDDEN ? printed : printed + foreign(value);
};

/** `agents.triage.tools[1]`: how a declaration's path is written in errors. */
export const showPath = (path: readonly PropertyKey[]): string =>
  path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      if (typeof key === 'symbol') return `[${visible(String(key))}]`;
      if (!/^[\p{L}\p{N}_*-]+$/u.test(key)) return `["${showKey(key)}"]`;
      return `${i === 0 ? '' : '.'}${showKey(key)}`;
    })
    .join('');

const safe = (text: string): string => visible(text).replace(new RegExp(CREDENTIAL, 'g'), ' (hidden)');
/** Names are quoted in paths and advice; a long random word among them is no name, unless it is an image's digest. */
const safeName = (text: string): string =>
  safe(text).replace(/(?<!sha256:)\b[\w+/=-]{32,}/g, (word) => (looksLikeSecret(word) ? '(hidden)' : word));

/** Findings quote what a person wrote, names included: none of it may carry a credential or move a cursor. */
export const safeFinding = ({ path, found, expected, fix }: DeclarationFinding): DeclarationFinding => ({
  path: safeName(path),
  found: safe(found),
  expected: safeName(expected),
  fix: safeName(fix),
});
