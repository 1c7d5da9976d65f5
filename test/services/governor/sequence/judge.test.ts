import type { Event } from '../../../../services/governor/sequence/event';
import { judgeSequence } from '../../../../services/governor/sequence/judge';
import { rulesOf } from '../../../../services/governor/sequence/rules';
import fc from '../../../support/property';
import { customer, event, search } from '../support/events';

const MINUTE = 60_000;
type Agent = Parameters<typeof rulesOf>[0];
const rules = (sequence: Agent['sequence'], needsApproval: Agent['needsApproval'] = []) =>
  rulesOf({ sequence, needsApproval });
const atMost = (times: number) =>
  rules([{ id: 'r', kind: 'atMost', times, operation: 'tickets.reply', perSeconds: 60 }]);
const never = rules([{ id: 'r', kind: 'neverBefore', taint: 'sensitive', before: 'external' }]);
const only = rules([
  { id: 'r', kind: 'onlyAfter', operation: 'tickets.reply', after: 'tickets.search', withinSeconds: 60 },
]);

describe('at most', () => {
  test('the call that would be too many is, calls in flight included', () => {
    const past = [event(0), event(1), event(1, { phase: 'response' })];
    expect(judgeSequence(atMost(3), past, event(2)).violated).toEqual([]);
    expect(judgeSequence(atMost(2), past, event(2)).violated).toEqual(['r']);
    expect(judgeSequence(atMost(2), past, search(2)).violated).toEqual([]);
    expect(judgeSequence(atMost(2), past, event(MINUTE + 1)).violated).toEqual([]);
  });

  test('whatever is asked when, no window ever holds more than were allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(MINUTE / 2), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (gaps, times) => {
        const past: Event[] = [];
        let at = 0;
        for (const gap of gaps) {
          at += gap;
          const call = event(at);
          if (judgeSequence(atMost(times), past, call).violated.length === 0) past.push(call);
        }
        for (const { at: end } of past)
          expect(past.filter((e) => e.at <= end && end - e.at < MINUTE).length).toBeLessThanOrEqual(times);
        expect(past.length).toBeGreaterThanOrEqual(Math.min(times, gaps.length));
      }),
    );
  });
});

describe('never before', () => {
  test('nothing external after sensitive data, from the moment it was asked for', () => {
    expect(judgeSequence(never, [search(0)], event(1))).toMatchObject({ violated: [], taint: ['untrusted'] });
    expect(judgeSequence(never, [search(0), customer(1)], event(2))).toEqual({
      violated: ['r'],
      exceeded: [],
      taint: ['sensitive', 'untrusted'],
    });
    expect(judgeSequence(never, [customer(1)], search(2)).violated).toEqual([]);
    expect(judgeSequence(never, [customer(1), customer(2, { phase: 'error' })], event(1e12)).violated).toEqual(['r']);
  });

  test('taint never goes away: more events never turn a no into a yes', () => {
    const any = fc.array(fc.tuple(fc.constantFrom(event, search, customer), fc.nat(10)), { maxLength: 20 });
    fc.assert(
      fc.property(any, any, (before, after) => {
        const make = (list: typeof before): Event[] => list.map(([of, at]) => of(at));
        const past = [...make(before), customer(5), ...make(after)];
        expect(judgeSequence(never, past, event(20)).violated).toEqual(['r']);
      }),
    );
  });
});

test('only after: another operation, successful, in the window', () => {
  const done = search(0, { phase: 'response' });
  expect(judgeSequence(only, [search(0), done], event(1)).violated).toEqual([]);
  expect(judgeSequence(only, [search(0)], event(1)).violated).toEqual(['r']);
  expect(judgeSequence(only, [search(0), search(0, { phase: 'error' })], event(1)).violated).toEqual(['r']);
  expect(judgeSequence(only, [done], event(MINUTE)).violated).toEqual(['r']);
  expect(judgeSequence(only, [], customer(1)).violated).toEqual([]);
});

test('conditions are exceeded by the call that would bring the measure over the threshold', () => {
  const conditions = rules(
    [],
    [
      { id: 'op', kind: 'operation', operation: 'tickets.reply' },
      {
        id: 'count',
        kind: 'when',
        condition: { kind: 'countOver', operation: 'tickets.reply', over: 1, withinSeconds: 60 },
      },
      {
        id: 'sum',
        kind: 'when',
        condition: { kind: 'sumOver', operation: 'tickets.reply', argument: 'amount', over: 10, withinSeconds: 60 },
      },
    ],
  );
  const pays = (at: number, amount: number) => event(at, { arguments: { amount } });
  expect(judgeSequence(conditions, [], pays(0, 10)).exceeded).toEqual([]);
  expect(judgeSequence(conditions, [], pays(0, 10.0001)).exceeded).toEqual(['sum']);
  expect(judgeSequence(conditions, [pays(0, 1)], pays(1, 9)).exceeded).toEqual(['count']);
  expect(judgeSequence(conditions, [pays(0, 5), pays(0, 5)], search(1)).exceeded).toEqual([]);
});

describe('over what is counted', () => {
  const [ADA, EVE] = ['ada', 'eve'].map((subject) => ({ issuer: 'https://login.example.com', subject }));
  const rulesFor = (scope: 'agent' | 'user' | undefined) =>
    rules(
      [{ id: 'r', kind: 'atMost', times: 2, operation: 'tickets.reply', perSeconds: 60, ...(scope ? { scope } : {}) }],
      [
        {
          id: 's',
          kind: 'when',
          condition: {
            kind: 'sumOver',
            operation: 'tickets.reply',
            argument: 'minutes',
            over: 9,
            withinSeconds: 60,
            ...(scope ? { scope } : {}),
          },
        },
      ],
    );
  const mine = event(1, { user: ADA, arguments: { minutes: 5 } });
  const elsewhere = event(0, { user: ADA, arguments: { minutes: 3 } });
  const hers = event(0, { user: EVE, arguments: { minutes: 3 } });
  const own = event(0, { arguments: { minutes: 3 } });
  const asked = event(2, { user: ADA, arguments: { minutes: 3 } });

  test.each<['agent' | 'user' | undefined, readonly (typeof mine)[], boolean]>([
    [undefined, [elsewhere, hers, own], false],
    ['user', [hers, own], false],
    ['user', [elsewhere], true],
    ['agent', [hers], true],
    ['agent', [own], true],
    ['agent', [], false],
  ])('%s: with %j elsewhere', (scope, others, over) => {
    const facts = judgeSequence(rulesFor(scope), [mine], asked, [...others, mine]);
    expect([facts.violated, facts.exceeded]).toEqual(over ? [['r'], ['s']] : [[], []]);
  });

  test('what an agent does on its own is nobody’s, and counted together', () => {
    const call = event(2, { arguments: { minutes: 9 } });
    expect(judgeSequence(rulesFor('user'), [mine, elsewhere, hers], call).exceeded).toEqual([]);
    expect(judgeSequence(rulesFor('user'), [mine, own], call).exceeded).toEqual(['s']);
  });

  test('taint stays that of the run', () => {
    const whole = [customer(0, { user: EVE }), mine];
    expect(judgeSequence(rulesFor('agent'), [mine], asked, whole).taint).toEqual([]);
  });
});
