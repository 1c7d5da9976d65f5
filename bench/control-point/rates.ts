import { type Row, round } from '../measure';
import { at, GOVERNED_PATH, NAMES, requestsOf } from './ladder';
import { measured, type Plan } from './load';
import { BOTH, shareProcessors, usage } from './processes';
import { recorded } from './records';
import { chat, toolCall } from './requests';
import { milliseconds, type Result, wrongs } from './result';
import { RIVALS } from './rivals';
import type { Site } from './site';

const CONNECTIONS = 16;
/** Durable decisions a second, with everything on two processors. */
const LEAST = 1_500;

const flatOut = (plan: Pick<Plan, 'url' | 'tls' | 'requests'>, seconds: number): Promise<Result> =>
  measured({ ...plan, rate: 0, seconds, connections: CONNECTIONS }, BOTH);

const answered = ({ latencies, seconds }: Result): number => (latencies?.length ?? 0) / seconds;

const at16 = (name: string): string => `${name}, ${CONNECTIONS} connections`;

/** Nothing may be wrong: a service that fell over answers quickly. */
const rateRow = (name: string, result: Result, rate: number, least?: number): Row => ({
  name: at16(name),
  value: round(rate),
  unit: '1/s',
  ...(least === undefined ? {} : { least }),
  held: wrongs(result) === 0 && rate >= (least ?? 0),
});

/** Decisions that became durable while the requests were answered, counted in the store. */
async function durable(
  site: Site,
  what: string,
  plan: Pick<Plan, 'url' | 'tls' | 'requests'>,
  seconds: number,
): Promise<Row[]> {
  const { pid } = site.governor.process;
  // Nobody measures a program that was just compiled.
  await flatOut(plan, seconds);
  const [before, used] = [recorded(site), usage(pid)];
  const result = await flatOut(plan, seconds);
  const [after, using] = [recorded(site), usage(pid)];
  const decisions = after.allowed + after.denied - before.allowed - before.denied;
  return [
    rateRow(`durable decisions, ${what}`, result, decisions / result.seconds, LEAST),
    {
      name: `processor time of the governor for each, ${what}`,
      value: round(((using.cpu - used.cpu) * 1_000) / decisions),
      unit: 'ms',
      held: true,
    },
    { name: at16(`${what}, p50`), value: round(milliseconds(result.latencies, 0.5)), unit: 'ms', held: true },
  ];
}

/** What each way carries when every answer brings the next request, and everything shares two processors. */
export async function rateRows(site: Site, seconds: number): Promise<Row[]> {
  shareProcessors();
  const { bare, gateway, sidecar } = site.doors;
  const rows: Row[] = [];
  const plain = await flatOut({ ...at(bare), requests: [chat('/v1/chat/completions')] }, seconds);
  rows.push(rateRow(NAMES.bare, plain, answered(plain)));
  const chats = (door: typeof gateway) => ({ ...at(door), requests: requestsOf(door, (h) => chat(GOVERNED_PATH, h)) });
  rows.push(...(await durable(site, 'chat through the gateway', chats(gateway), seconds)));
  rows.push(...(await durable(site, 'chat through sidecar and gateway', chats(sidecar), seconds)));
  // Each call lengthens its run: many runs, so that the runs stay as short as real ones.
  const tools = { ...gateway, runs: await site.runs(1_024) };
  const calls = { ...at(tools), requests: requestsOf(tools, toolCall) };
  rows.push(...(await durable(site, 'tool calls through the gateway', calls, seconds)));
  for (const [name, { url, path, headers }] of site.rivals) {
    const result = await flatOut({ url, requests: [chat(path, headers)] }, seconds);
    rows.push(rateRow(RIVALS[name].title, result, answered(result)));
  }
  return rows;
}
