import { hash } from 'node:crypto';
import { canonical } from '../state';
import type { Json } from './parse/json';

/** `sha256:…` of bytes as they came. */
export const digestOfBytes = (bytes: Buffer | string): string => `sha256:${hash('sha256', bytes)}`;

/** `sha256:…` of the canonical text (RFC 8785): the same value has the same everywhere. @throws TypeError as `canonical` does */
export const digestOf = (value: Json): string => digestOfBytes(canonical(value));
