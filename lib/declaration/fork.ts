import { DeclarationError, type DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { plainData } from './_data';
import { at, isRecord } from './_loose';
import { safeFinding, show, showPath } from './_show';
import { checkDeclaration, type EnvironmentDeclaration } from './environment';
import { weakens } from './strength';

type Atom = string | number | boolean | undefined | readonly unknown[];
/** Values with a kind are replaced whole, except tools and models, which are changed part by part. */
type PatchOf<T> = T extends Atom
  ? T
  : T extends { readonly kind: infer K }
    ? K extends 'mcpServer' | 'httpApi' | 'peer' | 'opaqueHost' | 'anthropic' | 'openai'
      ? { readonly [P in keyof T]?: PatchOf<T[P]> }
      : T
    : T extends { readonly seconds: number } | { readonly secret: string }
      ? T
      : { readonly [P in keyof T]?: PatchOf<T[P]> };

/** What a fork may change: existing values, by their path. Nothing can be added or removed. */
export type ForkChanges<E> = PatchOf<Omit<E, 'locked'>> & { readonly locked?: readonly string[] };

const SECTIONS = new Set(['mcpServer', 'httpApi', 'peer', 'opaqueHost', 'anthropic', 'openai']);
type Data = Readonly<Record<string, unknown>>;

const isSection = (value: unknown): value is Data => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ('seconds' in value || 'secret' in value) return false;
  return !('kind' in value) || SECTIONS.has(String(value.kind));
};
/** Sections whose keys are the user's names: a fork may not invent one. */
const NAMED = /^(models|tools|agents|tools\.[^.]+\.operations)$/;

const merge = (base: unknown, change: unknown, path: string, findings: DeclarationFinding[]): unknown => {
  if (!isSection(base) || !isSection(change)) return change;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) continue;
    const where = path === '' ? key : `${path}.${key}`;
    if (NAMED.test(path) && !Object.hasOwn(base, key))
      findings.push({
        path: where,
        found: show(value, key),
        expected: `a name the base declares: ${Object.keys(base).join(', ') || 'there is none'}`,
        fix:
          didYouMean(key, Object.keys(base)) ??
          'a fork changes what the base declares; declare new parts in the blueprint',
      });
    else merged[key] = merge(base[key], value, where, findings);
  }
  return merged;
};

/** Full paths that a pattern with `*` selects. */
const select = (value: unknown, [head, ...rest]: readonly string[], path: readonly string[] = []): string[][] => {
  if (head === undefined) return [[...path]];
  if (!isRecord(value)) return [];
  return (head === '*' ? Object.keys(value) : [head]).flatMap((key) => select(at(value, key), rest, [...path, key]));
};

/** Findings where a fork is weaker than its base in what the base locked. */
const weakened = (base: EnvironmentDeclaration, forked: EnvironmentDeclaration): DeclarationFinding[] =>
  (base.locked ?? []).flatMap((lock) => {
    const pattern = lock.split('.');
    const paths = new Map([...select(base, pattern), ...select(forked, pattern)].map((path) => [showPath(path), path]));
    return [...paths].flatMap(([path, keys]) => {
      const [before, now] = [at(base, ...keys), at(forked, ...keys)];
      const why = weakens(path, before, now);
      return why === undefined
        ? []
        : [
            {
              path,
              found: show(now),
              expected: `nothing weaker than ${show(before)}, which ${show(base.name)} locks with '${lock}'`,
              fix: `${why}; change the blueprint, where the lock stands, not the fork`,
            },
          ];
    });
  });

const strings = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every((v) => typeof v === 'string') ? value : undefined;

/** What the fork locks: everything the base does, and what it adds; anything but a list is left for the schema. */
const locks = (base: EnvironmentDeclaration, changes: Data): { readonly locked?: unknown } => {
  if (changes.locked === undefined) return {};
  const added = strings(changes.locked);
  return { locked: added === undefined ? changes.locked : [...new Set([...(base.locked ?? []), ...added])] };
};

/**
 * A copy of a declaration with typed changes, for another stage, region or tenant. What the base names in `locked`
 * can be made stricter, never weaker; a fork inherits every lock.
 *
 * Values that a factory made with a `kind` (a workload, a signer, a state) and lists are replaced whole; models,
 * tools, operations and everything else are merged part by part; `undefined` changes nothing.
 * @throws DeclarationError naming the path in the fork and the lock in the base
 */
export function fork<E extends EnvironmentDeclaration>(base: E, changes: ForkChanges<E>): E {
  const from = checkDeclaration(base);
  const subject = `fork of ${show(from.name)}`;
  const { data, findings: notData } = plainData(changes);
  const findings = [...notData];
  if (!isRecord(data)) {
    const found = notData[0]?.found ?? show(data);
    throw new DeclarationError(subject, [
      { path: '', found, expected: 'an object of changes', fix: 'write { agents: { triage: { … } } }' },
    ]);
  }
  const merged = merge(from, { ...data, ...locks(from, data) }, '', findings);
  const forked = findings.length > 0 ? undefined : checkDeclaration(merged, subject);
  if (forked !== undefined) findings.push(...weakened(from, forked));
  if (findings.length > 0) throw new DeclarationError(subject, findings.map(safeFinding));
  return forked as unknown as E;
}
