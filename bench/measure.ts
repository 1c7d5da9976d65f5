/** Smallest, middle and largest of some measurements. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}

/** Milliseconds that an action takes. */
export function timed(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Measures actions in turn, round by round, so that a busy moment of the machine meets all of them alike. */
export function interleaved<K extends string>(
  actions: Readonly<Record<K, () => unknown>>,
  { rounds, warmup }: { readonly rounds: number; readonly warmup: number },
): Record<K, Spread> {
  const names = Object.keys(actions) as K[];
  const times = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = -warmup; round < rounds; round++)
    for (const name of names) {
      const time = timed(actions[name]);
      if (round >= 0) times.get(name)?.push(time);
    }
  return Object.fromEntries(names.map((name) => [name, spreadOf(times.get(name) ?? [])])) as Record<K, Spread>;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'MB' | 'MB/min' | '1/s' | '%' | 'count';
  /** Smallest and largest measurement. */
  readonly spread?: readonly [number, number];
  /** What the value is compared with, in the same unit. */
  readonly baseline?: number;
  readonly ratio?: number;
  /** Largest ratio, or largest value where there is no baseline. @default - for information only */
  readonly goal?: number;
  /** Smallest value. @default - no such goal */
  readonly least?: number;
  readonly held: boolean;
}

export const round = (n: number): number => Math.round(n * 1000) / 1000;

/** A line that compares two measurements. */
export function compared(name: string, subject: Spread, baseline: Spread, goal: number): Row {
  const ratio = subject.median / baseline.median;
  return {
    ...informed(name, subject),
    baseline: round(baseline.median),
    ratio: round(ratio),
    goal,
    held: ratio <= goal,
  };
}

/** A line without a goal. */
export const informed = (name: string, { median, min, max }: Spread): Row => ({
  name,
  value: round(median),
  unit: 'ms',
  spread: [round(min), round(max)],
  held: true,
});
