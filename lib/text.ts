// Taken once: looking up a global costs more than the comparison.
const { min } = Math;

/** The next row of the table of edit distances: what the first i letters of `a` cost to become those of `b`. */
const nextRow = (a: string, b: string, i: number, row: readonly number[], before: readonly number[]): number[] => {
  const next = [i];
  for (let j = 1; j <= b.length; j++) {
    const same = a[i - 1] === b[j - 1] ? 0 : 1;
    const step = min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
    const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    next.push(swapped ? min(step, (before[j - 2] ?? 0) + 1) : step);
  }
  return next;
};

/** Edit distance in which swapping two neighbours is one step; small inputs only. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) [before, row] = [row, nextRow(a, b, i, row, before)];
  return row[b.length] ?? 0;
};

const MAX_WORD = 128;
/** How many steps apart two words may be and still be one word mistyped: a third of it, at least one. */
const tolerance = (word: string): number => Math.max(1, Math.floor(word.length / 3));

/** The known word that a mistyped one most likely means, or undefined when none is near. @param most steps apart */
export function nearest(word: string, known: Iterable<string>, most = tolerance(word)): string | undefined {
  let best: string | undefined;
  let least = most + 1;
  if (word.length > MAX_WORD) return undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}

/** A suggestion for a mistyped word, or undefined when nothing known is near. */
export function didYouMean(word: string, known: Iterable<string>, most?: number): string | undefined {
  const best = nearest(word, known, most);
  return best === undefined ? undefined : `did you mean '${best}'?`;
}

/** Freezes a plain value all the way down, cycles and frozen parts included. */
export function deepFreeze<T>(value: T, seen: Set<unknown> = new Set()): T {
  if (typeof value === 'object' && value !== null && !seen.has(value)) {
    seen.add(value);
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner, seen);
  }
  return value;
}
