import { isDeepStrictEqual } from 'node:util';

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
  'from',
  'values',
  'suppressions',
]);
/** Lists that restrict: a fork may extend them. */
const RESTRICTIONS = new Set(['needsApproval', 'sequence', 'returns', 'locked']);
/** Numbers where less is stricter; every other number must stay as it is. */
const LESS_IS_STRICTER =
  /(^|\.)(approvals\.deadline\.seconds|runs\.(lifetime\.seconds|depth)|workload\.(deadline\.seconds|retries)|caps\.(bytes|connections|duration\.seconds)|arguments\.[^.]+\.(max|maxLength))$/;
/** Numbers where more is stricter. */
const MORE_IS_STRICTER = /(^|\.)(approvals\.quorum|arguments\.[^.]+\.min)$/;

/** A pin where there was none allows less; another pin is another tool. */
const PIN = /(^|\.)operations\.[^.]+\.manifest$/;

type Data = Readonly<Record<string, unknown>>;
const last = (path: string): string => path.split('.').pop() ?? '';

const lists = (path: string, base: readonly unknown[], now: readonly unknown[]): string | undefined => {
  const key = last(path);
  const missing = base.find((b) => !now.some((n) => isDeepStrictEqual(b, n)));
  const added = now.find((n) => !base.some((b) => isDeepStrictEqual(b, n)));
  if (RESTRICTIONS.has(key)) return missing === undefined ? undefined : `${path} loses ${JSON.stringify(missing)}`;
  if (GRANTS.has(key)) return added === undefined ? undefined : `${path} gains ${JSON.stringify(added)}`;
  return `${path} differs`;
};

const numbers = (path: string, base: number, now: number): string | undefined => {
  const stricter = (LESS_IS_STRICTER.test(path) && now < base) || (MORE_IS_STRICTER.test(path) && now > base);
  return stricter ? undefined : `${path} goes from ${base} to ${now}`;
};

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that the base leaves at its default: stricter only where it can do nothing but restrict. */
const introduced = (path: string, now: unknown): string | undefined =>
  (Array.isArray(now) && RESTRICTIONS.has(last(path))) ||
  (typeof now === 'number' && MORE_IS_STRICTER.test(path)) ||
  PIN.test(path)
    ? undefined
    : `${path} is new`;

/**
 * Why a value is weaker than the one it replaces, or undefined when it is as strict or stricter. Where no order of
 * strictness is known, any difference counts as weaker.
 */
export function weakens(path: string, base: unknown, now: unknown): string | undefined {
  if (isDeepStrictEqual(base, now)) return undefined;
  if (base === undefined) return introduced(path, now);
  if (now === undefined) return `${path} is missing`;
  if (Array.isArray(base) && Array.isArray(now)) return lists(path, base, now);
  if (typeof base === 'number' && typeof now === 'number') return numbers(path, base, now);
  if (!isData(base) || !isData(now)) return `${path} changes`;
  return [...new Set([...Object.keys(base), ...Object.keys(now)])]
    .map((key) => weakens(`${path}.${key}`, base[key], now[key]))
    .find((why) => why !== undefined);
}
