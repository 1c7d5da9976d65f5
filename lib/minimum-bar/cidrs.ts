import { overlaps, parseCidr } from '../declaration/cidr';

const known = new Map<string, boolean>();
const LIMIT = 4096;

const remembered = (key: string, compute: () => boolean): boolean => {
  const value = known.get(key);
  if (value !== undefined) return value;
  if (known.size >= LIMIT) known.clear();
  const computed = compute();
  known.set(key, computed);
  return computed;
};

/** Whether two ranges share an address. A range that cannot be read shares with everything. */
export const touches = (a: string, b: string): boolean =>
  remembered(`${a} & ${b}`, () => {
    const [x, y] = [parseCidr(a), parseCidr(b)];
    return x === undefined || y === undefined || overlaps(x, y);
  });

/** Whether a range lies inside another. A range that cannot be read lies nowhere. */
export const within = (inner: string, outer: string): boolean =>
  remembered(`${inner} < ${outer}`, () => {
    const [x, y] = [parseCidr(inner), parseCidr(outer)];
    return x !== undefined && y !== undefined && y.prefix <= x.prefix && overlaps(x, y);
  });
