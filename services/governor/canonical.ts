import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json } from './parse/json';

/** Canonical JSON (RFC 8785): the same value has the same text everywhere. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value that JSON does not have');
  return text;
}

/** `sha256:…` of bytes as they came. */
export const digestOfBytes = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** `sha256:…` of the canonical text. */
export const digestOf = (value: Json): string => digestOfBytes(canonicalJson(value));
