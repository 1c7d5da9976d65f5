import { type Row, round } from '../measure';
import { at, GOVERNED_PATH, measuredValid, NAMES, requestsOf } from './ladder';
import { streamedChat } from './requests';
import { merged, milliseconds, type Result, wrongs } from './result';
import type { Site } from './site';

/** Streams begun a second: each has 50 pieces, 10 ms apart. */
const RATE = 4;
const CONNECTIONS = 32;
/** Of the delay of a piece of text, added by everything that governs. */
const GOAL = 0.5;
const ROUNDS = 2;

/** How long a piece of a streamed answer takes from the upstream to whoever asked, until all of it can be read. */
export async function streamRows({ doors }: Site, seconds: number): Promise<Row[]> {
  const ways = {
    [NAMES.bare]: { door: doors.bare, path: '/v1/chat/completions' },
    [NAMES.gateway]: { door: doors.gateway, path: GOVERNED_PATH },
    [NAMES.sidecar]: { door: doors.sidecar, path: GOVERNED_PATH },
  };
  const rounds = new Map<string, Result[]>();
  for (let i = 0; i < ROUNDS; i++)
    for (const [name, { door, path }] of Object.entries(ways)) {
      const requests = requestsOf(door, (headers) => streamedChat(path, headers));
      const plan = { ...at(door), rate: RATE, seconds: seconds / ROUNDS, connections: CONNECTIONS, requests };
      rounds.set(name, [...(rounds.get(name) ?? []), await measuredValid(name, plan)]);
    }
  const all = new Map([...rounds].map(([name, results]) => [name, merged(results)]));
  const delay = (name: string, quantile: number): number => milliseconds(all.get(name)?.pieces ?? [], quantile);
  const row = (name: string, quantile: 'p50' | 'p99'): Row => {
    const value = delay(name, quantile === 'p50' ? 0.5 : 0.99);
    const result = all.get(name);
    const whole = result !== undefined && wrongs(result) === 0 && !Number.isNaN(value);
    return { name: `a piece of a stream, ${name}, ${quantile}`, value: round(value), unit: 'ms', held: whole };
  };
  const added = (name: string): Row => {
    const value = delay(name, 0.5) - delay(NAMES.bare, 0.5);
    return {
      name: `a piece of a stream, added over bare Envoy: ${name}, p50`,
      value: round(value),
      unit: 'ms',
      goal: GOAL,
      held: value <= GOAL,
    };
  };
  return [
    ...Object.keys(ways).flatMap((name) => [row(name, 'p50'), row(name, 'p99')]),
    ...[NAMES.gateway, NAMES.sidecar].map(added),
  ];
}
