import { isData, show } from './values';

/** One place where two plain values differ. */
export interface Difference {
  /** `spec.template.spec.tolerations[0].operator`; empty for the whole value. */
  readonly path: string;
  readonly found: unknown;
  readonly wanted: unknown;
  /** What is found there, and what is wanted, in words. */
  readonly problem: string;
}

const NAME = /^[A-Za-z_@][A-Za-z0-9_@]*$/;
const below = (path: string, key: string): string => {
  if (!NAME.test(key)) return `${path}['${key}']`;
  return path === '' ? key : `${path}.${key}`;
};

/** Where plain values differ, in order; lists of other lengths are one difference. Key order does not matter. */
export function* differences(found: unknown, wanted: unknown, path = ''): Generator<Difference> {
  if (Object.is(found, wanted)) return;
  if (Array.isArray(found) && Array.isArray(wanted)) {
    if (found.length === wanted.length)
      for (const [i, value] of found.entries()) yield* differences(value, wanted[i], `${path}[${i}]`);
    else yield { path, found, wanted, problem: `${found.length} entries instead of ${wanted.length}` };
  } else if (isData(found) && isData(wanted)) {
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)]))
      yield* differences(found[key], wanted[key], below(path, key));
  } else yield { path, found, wanted, problem: `${show(found)} instead of ${show(wanted)}` };
}
