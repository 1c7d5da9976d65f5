/** What repeats a run: `FIREPIT_SEED`, else the same in every gate, and a new one in `npm run test:long`. */
const given = process.env.FIREPIT_SEED;
export const LONG = process.env.FIREPIT_LONG === '1';
export const SEED = given === undefined ? (LONG ? Date.now() % 1_000_000_000 : 20_261_123) : Number(given);
if (!Number.isInteger(SEED)) throw new Error(`FIREPIT_SEED is '${given}', expected a whole number.`);

/** Numbers from 0 up to, not including, 1 that a seed repeats (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same values in an order that the seed decides. */
export function shuffled<T>(values: readonly T[], next: () => number): T[] {
  const left = [...values];
  return values.map(() => left.splice(Math.floor(next() * left.length), 1)[0] as T);
}
