import { type Row, round, spreadOf } from '../measure';
import { at, GOVERNED_PATH, RATE, requestsOf } from './ladder';
import { measured, type Plan } from './load';
import { usage } from './processes';
import { chat, toolCall } from './requests';
import { wrongs } from './result';
import type { Site } from './site';

const CONNECTIONS = 16;
/** Exchanges before it counts, and of each round; so many that ticks of 10 ms do not matter. */
const WARM = 3_000;
const EXCHANGES = 3_000;
/** Of a round at the fixed rate. */
const SECONDS = 4;
const ROUNDS = 3;
/** Each call lengthens its run: many runs, so that the runs stay as short as real ones. */
const TOOL_RUNS = 1_024;

/** Milliseconds of the governor's processor for each exchange of one round. @throws Error for a wrong answer */
async function oneRound(site: Site, plan: Plan): Promise<number> {
  const { pid } = site.governor.process;
  const before = usage(pid).cpu;
  const result = await measured(plan);
  if (wrongs(result) > 0) throw new Error(`wrong answers: ${JSON.stringify(result.wrong)}`);
  return ((usage(pid).cpu - before) * 1_000) / (result.latencies?.length ?? 0);
}

/**
 * What one exchange, request and answer, takes of the governor's processor. Unlike a latency it says something on a
 * machine that others use as well, though less exactly: caches and cores are shared.
 */
export async function processorRows(site: Site): Promise<Row[]> {
  const { gateway } = site.doors;
  const tools = { ...gateway, runs: await site.runs(TOOL_RUNS) };
  const chats = { ...at(gateway), requests: requestsOf(gateway, (h) => chat(GOVERNED_PATH, h)) };
  const calls = { ...at(tools), requests: requestsOf(tools, toolCall) };
  const flatOut = { rate: 0, seconds: 60, connections: CONNECTIONS, count: EXCHANGES };
  const plans: Readonly<Record<string, Plan>> = {
    [`chat, ${CONNECTIONS} connections`]: { ...chats, ...flatOut },
    [`tool call, ${CONNECTIONS} connections`]: { ...calls, ...flatOut },
    [`chat, ${RATE}/s`]: { ...chats, rate: RATE, seconds: SECONDS, connections: 2 * CONNECTIONS },
  };
  for (const plan of [chats, calls]) await measured({ ...plan, ...flatOut, count: WARM });
  const found = new Map<string, number[]>(Object.keys(plans).map((name) => [name, []]));
  for (let i = 0; i < ROUNDS; i++)
    for (const [name, plan] of Object.entries(plans)) found.get(name)?.push(await oneRound(site, plan));
  return [...found].map(([name, values]): Row => {
    const { median, min, max } = spreadOf(values);
    return {
      name: `processor time of the governor for an exchange: ${name}`,
      value: round(median),
      unit: 'ms',
      spread: [round(min), round(max)],
      held: true,
    };
  });
}
