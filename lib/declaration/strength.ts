/** Lists that grant: a fork may shorten them. */
const GRANTS = new Set([
  'tools',
  'models',
  'mayAsk',
  'names',
  'approvers',
  'deployers',
  'processes',
  'writes',
  'cidrs',
  'suppressions',
]);
/** Lists that restrict: a fork may extend them. */
const RESTRICTIONS = new Set(['needsApproval', 'sequence', 'returns', 'locked']);
/** Numbers where less is stricter; everything else that is a number must stay as it is. */
const LESS_IS_STRICTER = new Set(['times', 'maxLength', 'over', 'seconds']);
/** Numbers where more is stricter. */
const MORE_IS_STRICTER = new Set(['quorum']);

type Data = Readonly<Record<string, unknown>>;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const last = (path: string): string => path.split('.').pop() ?? '';

const lists = (path: string, base: readonly unknown[], now: readonly unknown[]): string | undefined => {
  const key = last(path);
  const missing = base.find((b) => !now.some((n) => same(b, n)));
  const added = now.find((n) => !base.some((b) => same(b, n)));
  if (RESTRICTIONS.has(key)) return missing === undefined ? undefined : `${path} loses ${JSON.stringify(missing)}`;
  if (GRANTS.has(key)) return added === undefined ? undefined : `${path} gains ${JSON.stringify(added)}`;
  return same(base, now) ? undefined : `${path} differs`;
};

const numbers = (path: string, base: number, now: number): string | undefined => {
  const key = last(path);
  if (base === now || (LESS_IS_STRICTER.has(key) && now < base) || (MORE_IS_STRICTER.has(key) && now > base))
    return undefined;
  return `${path} goes from ${base} to ${now}`;
};

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that the base leaves at its default. */
const introduced = (path: string): string | undefined =>
  RESTRICTIONS.has(last(path)) || MORE_IS_STRICTER.has(last(path)) ? undefined : `${path} is new`;

/**
 * Why a value is weaker than the one it replaces, or undefined when it is as strict or stricter. Where no order of
 * strictness is known, any difference counts as weaker.
 */
export function weakens(path: string, base: unknown, now: unknown): string | undefined {
  if (same(base, now)) return undefined;
  if (base === undefined) return introduced(path);
  if (Array.isArray(base) && Array.isArray(now)) return lists(path, base, now);
  if (typeof base === 'number' && typeof now === 'number') return numbers(path, base, now);
  if (!isData(base) || !isData(now)) return `${path} changes`;
  return [...new Set([...Object.keys(base), ...Object.keys(now)])]
    .map((key) => weakens(`${path}.${key}`, base[key], now[key]))
    .find((why) => why !== undefined);
}
