import { cedarPolicy } from '../../lib/identity/cedar';
import { Authorizer } from '../../services/governor/authorize/cedar';
import { type Row, round, spreadOf, timed } from '../measure';
import { context } from './declared';
import { at, requestsOf } from './ladder';
import { measured } from './load';
import { toolCall } from './requests';
import { milliseconds } from './result';
import type { Site } from './site';

const SIZES = [10, 100, 1_000] as const;
const DECISIONS = 300;
const WARM = 100;
/** Last calls of a run that are looked at, and how often a run is made anew. */
const LAST = 4;
const AGAIN: Readonly<Record<number, number>> = { 10: 16, 100: 6, 1000: 2 };

/** Rules of a team's own, as they write them: each looks at the call and says no to something rare. */
const own = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `@id("own-${i}") forbid(principal, action == Firepit::Action::"tickets.reply", resource) when { context.run.taint.contains("sensitive") && context.run.violated.contains("rule-${i}") };`,
  ).join('\n');

/** One authorization with so many policies. */
export function policyRows(): Row[] {
  const { schema, policies } = cedarPolicy(context());
  const base = policies.split('@id(').length - 1;
  const run = { autonomous: false, explained: true, approved: false, violated: [], exceeded: [], taint: [] };
  const input = { ticket: 'T-1', body: 'Thank you.' };
  const question = { action: 'call', agent: 'triage', tool: 'tickets', operation: 'reply', input, run } as const;
  return SIZES.map((size): Row => {
    const authorizer = new Authorizer(schema, `${policies}\n${own(Math.max(0, size - base))}`);
    const decide = (): void => {
      if (authorizer.decide(question).effect !== 'allow') throw new Error('the call of the bench is not allowed');
    };
    for (let i = 0; i < WARM; i++) decide();
    const { median, min, max } = spreadOf(Array.from({ length: DECISIONS }, () => timed(decide)));
    return {
      name: `one authorization with ${size} policies`,
      value: round(median),
      unit: 'ms',
      spread: [round(min), round(max)],
      held: true,
    };
  });
}

/** One call through the gateway, in a run that has so many events: each call before it left two. */
export async function eventRows(site: Site): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const latencies: number[] = [];
    for (const run of await site.runs(AGAIN[size] ?? 1)) {
      const door = { ...site.doors.gateway, runs: [run] };
      const plan = { ...at(door), rate: 0, seconds: 60, count: size / 2, connections: 1 };
      const result = await measured({ ...plan, requests: requestsOf(door, toolCall) });
      if (result.latencies?.length !== size / 2)
        throw new Error(`a call was not answered: ${JSON.stringify(result.wrong)}`);
      latencies.push(...result.latencies.slice(-LAST));
    }
    rows.push({
      name: `one tool call in a run of ${size} events, p50`,
      value: round(milliseconds(latencies, 0.5)),
      unit: 'ms',
      held: true,
    });
  }
  return rows;
}
