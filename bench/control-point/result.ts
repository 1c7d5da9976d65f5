/** What the load generator says, in microseconds; see `bench/load/attack.go`. */
export interface Result {
  readonly latencies: readonly number[] | null;
  readonly late: readonly number[] | null;
  readonly pieces: readonly number[] | null;
  readonly wrong: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly cpu: number;
}

/** What a generator that measures others may need of its own processor, and how late it may be itself. */
export const LIMITS = { share: 0.5, lateMilliseconds: 1 } as const;

const MILLISECOND = 1_000;

/** The smallest value that at least this share of all is not above; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The same in milliseconds, of microseconds. */
export const milliseconds = (micros: readonly number[] | null, share: number): number =>
  quantile(micros ?? [], share) / MILLISECOND;

/** How late the generator itself was, in milliseconds at p99. */
export const lateness = ({ late }: Result): number => milliseconds(late, 0.99);
/** Of its processor, 0 to 1. */
export const share = ({ cpu, seconds }: Result): number => cpu / seconds;

/** The generator was the limit: what was measured is the generator. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
}

/** @throws Invalid */
export function assertValid(result: Result): void {
  if (share(result) > LIMITS.share)
    throw new Invalid(`the load generator used ${Math.round(share(result) * 100)} % of its processor`);
  if (lateness(result) > LIMITS.lateMilliseconds)
    throw new Invalid(`the load generator was ${lateness(result).toFixed(1)} ms late itself at p99`);
}

/** How many answers were not the expected ones. */
export const wrongs = ({ wrong }: Result): number => Object.values(wrong).reduce((sum, times) => sum + times, 0);

/** Several rounds as one. */
export const merged = (rounds: readonly Result[]): Result => ({
  latencies: rounds.flatMap(({ latencies }) => latencies ?? []),
  late: rounds.flatMap(({ late }) => late ?? []),
  pieces: rounds.flatMap(({ pieces }) => pieces ?? []),
  wrong: rounds.reduce<Record<string, number>>((all, { wrong }) => {
    for (const [what, times] of Object.entries(wrong)) all[what] = (all[what] ?? 0) + times;
    return all;
  }, {}),
  seconds: rounds.reduce((sum, { seconds }) => sum + seconds, 0),
  cpu: rounds.reduce((sum, { cpu }) => sum + cpu, 0),
});
