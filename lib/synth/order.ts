import { createHash } from 'node:crypto';
import { factsOf } from './kinds';
import { groupOf, type Manifest } from './object';

/** Rank of custom resources that Firepit does not know: after everything that may serve them. */
const CUSTOM = 90;

/** Longest name that every file system takes, less suffix. */
const MAX_NAME = 200;

/** Names of roles may hold upper-case letters and colons, which not every file system tells apart or takes. */
const fileName = (name: string): string => {
  const encoded = name.replace(/[^a-z0-9.-]/gu, (c) => `%${Buffer.from(c).toString('hex')}`);
  if (encoded.length <= MAX_NAME) return encoded;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${encoded.slice(0, MAX_NAME - digest.length - 1)}-${digest}`;
};

/**
 * Where an object is written: `51-deployment/support-desk-dev.triage.yaml`. The path carries the rank of the kind, not
 * a running number, so a new object is one new file; in the order of their paths objects can be applied.
 */
export function pathOf(object: Manifest): string {
  const facts = factsOf(object);
  const { namespace, name } = object.metadata;
  const rank = String(facts?.rank ?? CUSTOM).padStart(2, '0');
  const kind = object.kind.toLowerCase() + (facts === undefined ? `.${groupOf(object)}` : '');
  return `${rank}-${fileName(kind)}/${fileName(namespace === undefined ? name : `${namespace}.${name}`)}.yaml`;
}

/** An object and where it is written. */
export interface Placed {
  readonly path: string;
  readonly object: Manifest;
}

/** Objects in the order in which they can be applied: rank of the kind, kind, namespace, name. */
export const inOrder = (objects: readonly Manifest[]): Placed[] =>
  objects
    .map((object) => ({ path: pathOf(object), object }))
    // By code unit: no locale, no platform.
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
