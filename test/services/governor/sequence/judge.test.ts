import type { SequenceConditionConfig } from '../../../../contract';
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

const ORDER = { operation: 'tickets.reply', other: 'tickets.search', withinSeconds: 60 } as const;
const CUSTOMER = 'crm.customer';

describe('only when', () => {
  const previous = rules([{ id: 'r', kind: 'onlyWhen', condition: { kind: 'previous', ...ORDER } }]);
  const since = rules([{ id: 'r', kind: 'onlyWhen', condition: { kind: 'since', ...ORDER, held: [CUSTOMER] } }]);
  const found = [search(0), search(1, { phase: 'response' })];
  const looked = [customer(2), customer(3, { phase: 'response' })];

  test.each<[string, readonly Event[], boolean, boolean]>([
    ['nothing', [], false, false],
    ['in flight', [search(0)], false, false],
    ['failed', [search(0), search(1, { phase: 'error' })], false, false],
    ['succeeded', found, true, true],
    ['succeeded, then asked for again', [...found, search(2)], false, false],
    ['succeeded, then what is held', [...found, ...looked], false, true],
    ['succeeded, then something else', [...found, event(2)], false, false],
    ['too long ago', [search(-MINUTE), search(-MINUTE, { phase: 'response' })], false, false],
  ])('%s', (_what, past, last, held) => {
    const violated = (of: typeof previous) => judgeSequence(of, past, event(5)).violated;
    expect([violated(previous), violated(since)]).toEqual([last ? [] : ['r'], held ? [] : ['r']]);
    // It is about its operation alone.
    expect(judgeSequence(previous, past, customer(5)).violated).toEqual([]);
  });
});

describe('a condition of order holds from the request on, and a rule that denies it does so there', () => {
  const when = (condition: SequenceConditionConfig) =>
    rules([{ id: 'd', kind: 'deny', condition }], [{ id: 'a', kind: 'when', condition }]);
  const formerly = when({ kind: 'formerly', ...ORDER });
  const previous = when({ kind: 'previous', ...ORDER });
  const since = when({ kind: 'since', ...ORDER, held: [CUSTOMER] });

  test.each<[string, readonly Event[], readonly [boolean, boolean, boolean]]>([
    ['nothing', [], [false, false, false]],
    ['in flight', [search(0)], [true, true, true]],
    ['failed', [search(0), search(1, { phase: 'error' })], [true, true, true]],
    ['and the outcome of another call came later', [search(0), event(1, { phase: 'response' })], [true, true, true]],
    ['then what is held', [search(0), customer(1)], [true, false, true]],
    ['then something else', [search(0), event(1)], [true, false, false]],
    ['too long ago', [search(5 - MINUTE)], [false, false, false]],
  ])('%s', (_what, past, expected) => {
    const facts = [formerly, previous, since].map((of) => judgeSequence(of, past, event(5)));
    expect(facts.map(({ violated }) => violated)).toEqual(expected.map((is) => (is ? ['d'] : [])));
    expect(facts.map(({ exceeded }) => exceeded)).toEqual(expected.map((is) => (is ? ['a'] : [])));
    expect(judgeSequence(formerly, past, customer(5)).violated).toEqual([]);
  });
});

test('different values are counted, also over more than the run', () => {
  const measure = { operation: 'tickets.reply', argument: 'ticket', over: 1, withinSeconds: 60 } as const;
  const to = (ticket: string) => event(1, { arguments: { ticket } });
  const denying = rules([{ id: 'd', kind: 'deny', condition: { kind: 'distinctOver', ...measure } }]);
  expect(judgeSequence(denying, [to('a')], to('a')).violated).toEqual([]);
  expect(judgeSequence(denying, [to('a')], to('b')).violated).toEqual(['d']);
  const wide = rules([{ id: 'd', kind: 'deny', condition: { kind: 'distinctOver', ...measure, scope: 'agent' } }]);
  expect(judgeSequence(wide, [], to('b'), [to('a')]).violated).toEqual(['d']);
  expect(judgeSequence(denying, [], to('b'), [to('a')]).violated).toEqual([]);
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
