import { DeclarationError, type DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { checkDeclaration, type EnvironmentDeclaration } from './environment';
import { weakens } from './strength';

type Atom = string | number | boolean | undefined | readonly unknown[];
/** Values with a kind are replaced whole, except tools and models, which are changed part by part. */
type PatchOf<T> = T extends Atom
  ? T
  : T extends { readonly kind: infer K }
    ? K extends 'mcpServer' | 'httpApi' | 'anthropic' | 'openai'
      ? { readonly [P in keyof T]?: PatchOf<T[P]> }
      : T
    : T extends { readonly seconds: number } | { readonly secret: string }
      ? T
      : { readonly [P in keyof T]?: PatchOf<T[P]> };

/** What a fork may change: existing values, by their path. Nothing can be added or removed. */
export type ForkChanges<E> = PatchOf<Omit<E, 'locked'>> & { readonly locked?: readonly string[] };

const SECTIONS = new Set(['mcpServer', 'httpApi', 'anthropic', 'openai']);
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
        found: JSON.stringify(value)?.slice(0, 60) ?? '',
        expected: `one of: ${Object.keys(base).join(', ')}`,
        fix:
          didYouMean(key, Object.keys(base)) ??
          'a fork changes what the base declares; declare new parts in the blueprint',
      });
    else merged[key] = merge(base[key], value, where, findings);
  }
  return merged;
};

/** Values at a path with `*`, by their full path. */
const select = (value: unknown, pattern: readonly string[], path: readonly string[] = []): [string, unknown][] => {
  const [head, ...rest] = pattern;
  if (head === undefined) return [[path.join('.'), value]];
  if (typeof value !== 'object' || value === null) return [];
  const keys = head === '*' ? Object.keys(value) : Object.hasOwn(value, head) ? [head] : [];
  return keys.flatMap((key) => select((value as Data)[key], rest, [...path, key]));
};

/** Findings where a fork is weaker than its base in what the base locked. */
const weakened = (base: EnvironmentDeclaration, forked: EnvironmentDeclaration): DeclarationFinding[] =>
  (base.locked ?? []).flatMap((lock) => {
    const now = new Map(select(forked, lock.split('.')));
    return select(base, lock.split('.')).flatMap(([path, value]) => {
      const why = weakens(path, value, now.get(path));
      return why === undefined
        ? []
        : [
            {
              path,
              found: JSON.stringify(now.get(path)) ?? 'nothing',
              expected: `nothing weaker than ${JSON.stringify(value)}, which '${base.name}' locks with '${lock}'`,
              fix: `${why}; change the blueprint, where the lock stands, not the fork`,
            },
          ];
    });
  });

/**
 * A copy of a declaration with typed changes, for another stage, region or tenant. What the base names in `locked`
 * can be made stricter, never weaker; a fork inherits every lock.
 * @throws DeclarationError naming the path in the fork and the lock in the base
 */
export function fork<E extends EnvironmentDeclaration>(base: E, changes: ForkChanges<E>): E {
  const from = checkDeclaration(base);
  const findings: DeclarationFinding[] = [];
  const locked = [...new Set([...(from.locked ?? []), ...((changes as { locked?: readonly string[] }).locked ?? [])])];
  const merged = {
    ...(merge(from, { ...(changes as object), locked: undefined }, '', findings) as EnvironmentDeclaration),
    ...(locked.length > 0 ? { locked } : {}),
  };
  if (findings.length > 0) throw new DeclarationError(`fork of '${from.name}'`, findings);
  const forked = checkDeclaration(merged);
  const weaker = weakened(from, forked);
  if (weaker.length > 0) throw new DeclarationError(`fork of '${from.name}'`, weaker);
  return forked as E;
}
