import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Mutation } from './mutator';

const some = z.union([z.string(), z.array(z.string()).nonempty()]);
const entrySchema = z.strictObject({
  /** Kinds of objects. @default - any */
  kind: some.optional(),
  /** `namespace/name` or `name`, without digests; `*` for anything. @default - any */
  object: some.optional(),
  /** The path, `*` for anything. */
  path: some,
  /** What was done. @default - anything */
  op: some.optional(),
  /** What stood there before, as JSON. @default - anything */
  from: some.optional(),
  /** What stands there afterwards, as JSON. @default - anything */
  to: some.optional(),
  reason: z.string().min(20),
});
export type Survivor = z.infer<typeof entrySchema>;

/** Mutations that the bar lets pass, with the reason why each opens nothing. */
export const SURVIVORS: readonly Survivor[] = z
  .array(entrySchema)
  .parse(parse(readFileSync(join(__dirname, 'survivors.yaml'), 'utf8')));

const patterns = new Map<string, RegExp>();
const matches = (pattern: string | readonly string[] | undefined, text: string): boolean => {
  if (pattern === undefined) return true;
  if (typeof pattern !== 'string') return pattern.some((one) => matches(one, text));
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's');
    patterns.set(pattern, compiled);
  }
  return compiled.test(text);
};

/** Whether an entry speaks of a mutation. */
export const speaksOf = (entry: Survivor, { kind, object, path, op, from, to }: Mutation): boolean =>
  matches(entry.kind, kind) &&
  matches(entry.object, object.slice(kind.length + 1).replace(/-[0-9a-f]{10}$/, '')) &&
  matches(entry.path, path) &&
  matches(entry.op, op) &&
  matches(entry.from, from) &&
  matches(entry.to, to);
