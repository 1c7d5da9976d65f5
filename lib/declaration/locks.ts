import type { DeclarationFinding } from '../errors';
import { nearest } from '../text';
import type { Expectation } from './_check';
import type { UnknownSegment } from './_explain';
import { at, Findings, keys, words } from './_loose';

type UnknownSegmentOf = (path: readonly string[]) => UnknownSegment | undefined;

/** Sections whose keys are the user's own names. */
const NAMED = /^(models|tools|agents|tools\.[^.]+\.operations)$/;

/** A name in a lock that the declaration does not have; a lock on nothing would lock nothing, silently. */
const unknownName = (env: unknown, segments: readonly string[]): UnknownSegment | undefined => {
  const concrete = segments.indexOf('*');
  const known = concrete < 0 ? segments : segments.slice(0, concrete);
  for (const [i, key] of known.entries()) {
    const section = at(env, ...known.slice(0, i));
    if (NAMED.test(known.slice(0, i).join('.')) && at(section, key) === undefined)
      return { index: i, known: keys(section) };
  }
  return undefined;
};

/** What to write instead of a lock that leads nowhere. */
const advice = (segments: readonly string[], { index, known }: UnknownSegment): Expectation => {
  const [wrong = '', before] = [segments[index], segments.slice(0, index).join('.')];
  if (known.length === 0)
    return {
      expected: `a path that ends at '${before}': lists and single values are locked whole`,
      fix: `lock '${before}'`,
    };
  const near = nearest(wrong, known);
  return {
    expected: `a path of the declaration: '${wrong}' is none of ${known.join(', ')}`,
    fix:
      near === undefined
        ? 'write a path of the declaration, * for any name'
        : `did you mean '${segments.with(index, near).join('.')}'?`,
  };
};

/** Locks on paths that no declaration has, or this one has not. */
export function lockProblems(env: unknown, unknownSegment: UnknownSegmentOf): DeclarationFinding[] {
  const out = new Findings();
  for (const [i, lock] of words(at(env, 'locked'))) {
    const segments = lock.split('.');
    const unknown = unknownSegment(segments) ?? unknownName(env, segments);
    if (unknown === undefined) continue;
    const { expected, fix } = advice(segments, unknown);
    out.add(`locked[${i}]`, lock, expected, fix);
  }
  return out.all;
}
