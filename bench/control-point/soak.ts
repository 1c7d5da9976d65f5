import { type Row, round } from '../measure';
import { at, GOVERNED_PATH, RATE, requestsOf } from './ladder';
import { measured } from './load';
import { usage } from './processes';
import { chat } from './requests';
import { wrongs } from './result';
import type { Site } from './site';

/** Of one replica, in MB a minute. */
const GOAL = 1;
const CONNECTIONS = 32;
const SAMPLE_MILLISECONDS = 2_000;
/** Pools, caches and the heaps of V8 fill before the memory of a replica says anything; so many fill them. */
const FILL_EXCHANGES = 50_000;
const FILL_CONNECTIONS = 16;
/** What one load left is gone until then, and what the next one takes is taken. */
const WARM_SHARE = 0.25;

/** Memory of a process at a moment. */
export interface Sample {
  /** Since the start. */
  readonly minutes: number;
  readonly megabytes: number;
}

/** By how much it grows in a minute: the slope of the line with the least squares. NaN where there is no line. */
export function growth(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [when, what] = [mean(({ minutes }) => minutes), mean(({ megabytes }) => megabytes)];
  const together = mean(({ minutes, megabytes }) => (minutes - when) * (megabytes - what));
  return together / mean(({ minutes }) => (minutes - when) ** 2);
}

/** What a replica's samples say; those of the beginning do not count. */
export function growthRow(name: string, minutes: number, samples: readonly Sample[]): Row {
  const value = growth(samples.filter((sample) => sample.minutes >= minutes * WARM_SHARE));
  return {
    name: `memory of the ${name}, growth over ${minutes} minutes at ${RATE}/s`,
    value: round(value),
    unit: 'MB/min',
    goal: GOAL,
    held: value <= GOAL,
  };
}

/**
 * Load at a steady rate by the whole way, and what becomes of the memory of each replica on it. Before it comes as much
 * as fills what fills, as fast as it goes.
 */
export async function soakRows({ doors: { sidecar }, replicas }: Site, minutes: number): Promise<Row[]> {
  const requests = requestsOf(sidecar, (headers) => chat(GOVERNED_PATH, headers));
  const filling = { ...at(sidecar), requests, rate: 0, connections: FILL_CONNECTIONS };
  const filled = await measured({ ...filling, seconds: 600, count: FILL_EXCHANGES });
  const samples = new Map([...replicas.keys()].map((name): [string, Sample[]] => [name, []]));
  const start = Date.now();
  const sampling = setInterval(() => {
    for (const [name, pid] of replicas)
      samples.get(name)?.push({ minutes: (Date.now() - start) / 60_000, megabytes: usage(pid).memory });
  }, SAMPLE_MILLISECONDS);
  try {
    const plan = { ...at(sidecar), rate: RATE, connections: CONNECTIONS, requests };
    const wrong = wrongs(filled) + wrongs(await measured({ ...plan, seconds: minutes * 60 }));
    return [
      { name: 'wrong answers', value: wrong, unit: 'count', goal: 0, held: wrong === 0 },
      ...[...samples].map(([name, all]) => growthRow(name, minutes, all)),
      ...[...replicas].map(
        ([name, pid]): Row => ({
          name: `memory of the ${name}, at the end`,
          value: round(usage(pid).memory),
          unit: 'MB',
          held: true,
        }),
      ),
    ];
  } finally {
    clearInterval(sampling);
  }
}
