import type { Event } from '../services/governor/sequence/event';
import { judgeSequence } from '../services/governor/sequence/judge';
import { rulesOf } from '../services/governor/sequence/rules';
import { type Row, round, spreadOf, timed } from './measure';

const RULES = 100;
const EVENTS = 200;
const GOAL = 1;

type Rule = Parameters<typeof rulesOf>[0]['sequence'][number];
const OPERATIONS = Array.from({ length: 10 }, (_, i) => `tool.operation-${i}`);
const operation = (i: number): string => OPERATIONS[i % OPERATIONS.length] as string;

/** Every kind of rule, on the operation of the call, so that each looks at the whole run. */
const rule = (i: number): Rule => {
  const id = `rule-${i}`;
  if (i % 3 === 0) return { id, kind: 'atMost', times: EVENTS, operation: operation(0), perSeconds: 3600 };
  if (i % 3 === 1) return { id, kind: 'neverBefore', taint: 'sensitive', before: 'external' };
  return { id, kind: 'onlyAfter', operation: operation(0), after: 'tool.never', withinSeconds: 3600 };
};
const event = (i: number): Event => ({
  at: i,
  call: `${i >> 1}`,
  phase: i % 2 === 0 ? 'request' : 'response',
  operation: operation(i >> 1),
  reach: 'external',
  returns: ['untrusted'],
  arguments: {},
});

/** What judging one call costs late in a long run. */
export function benchSequence(): Row[] {
  const rules = rulesOf({ sequence: Array.from({ length: RULES }, (_, i) => rule(i)), needsApproval: [] });
  const past = Array.from({ length: EVENTS }, (_, i) => event(i));
  const times = Array.from({ length: 2000 }, () => timed(() => judgeSequence(rules, past, event(EVENTS * 2))));
  const { median, min, max } = spreadOf(times.slice(500));
  return [
    {
      name: `a call judged by ${RULES} rules in a run of ${EVENTS} events`,
      value: round(median),
      unit: 'ms',
      spread: [round(min), round(max)],
      goal: GOAL,
      held: median <= GOAL,
    },
  ];
}
