import type { Event } from '../../../../services/governor/sequence/event';
import { type Formula, holds } from '../../../../services/governor/sequence/temporal';
import { customer, event, search } from '../support/events';

const REPLY = { operation: 'tickets.reply', phase: 'request' } as const;
const SEARCH = { operation: 'tickets.search' } as const;
const pays = (at: number, amount: Event['arguments'][string]): Event => event(at, { arguments: { amount } });

test.each<[string, Formula, Event[], Event, boolean]>([
  ['formerly: it was', { formerly: SEARCH, within: 10 }, [search(1), event(2)], event(5), true],
  ['formerly: too long ago', { formerly: SEARCH, within: 4 }, [search(1)], event(5), false],
  ['formerly: a moment inside', { formerly: SEARCH, within: 5 }, [search(1)], event(5), true],
  ['formerly: not the call itself', { formerly: REPLY, within: 10 }, [], event(5), false],
  ['formerly: another phase', { formerly: { ...SEARCH, phase: 'response' }, within: 10 }, [search(1)], event(5), false],
  ['previous: the last one', { previous: SEARCH, within: 10 }, [event(1), search(2)], event(5), true],
  ['previous: not the one before', { previous: SEARCH, within: 10 }, [search(1), event(2)], event(5), false],
  ['previous: nothing', { previous: SEARCH, within: 10 }, [], event(5), false],
  ['since: held', { since: SEARCH, held: [REPLY], within: 10 }, [search(1), event(2), event(3)], event(5), true],
  [
    'since: broken',
    { since: SEARCH, held: [{ phase: 'response' }], within: 10 },
    [search(1), event(2)],
    event(5),
    false,
  ],
  ['since: began too long ago', { since: SEARCH, held: [REPLY], within: 4 }, [search(1), event(2)], event(5), false],
  ['since: nothing may come after', { since: SEARCH, held: [], within: 10 }, [search(1)], event(5), true],
  ['since: and something did', { since: SEARCH, held: [], within: 10 }, [search(1), event(2)], event(5), false],
  [
    'since: one of several, and outcomes passed over',
    { since: SEARCH, held: [REPLY, { operation: 'crm.customer' }], among: 'request', within: 10 },
    [search(1), customer(2), event(3, { phase: 'response', operation: 'other.one' })],
    event(5),
    true,
  ],
  [
    'previous: among requests, outcomes are passed over',
    { previous: SEARCH, among: 'request', within: 10 },
    [search(1), event(2, { phase: 'response' })],
    event(5),
    true,
  ],
  ['count: with the call', { count: REPLY, over: 1, within: 10 }, [event(1)], event(5), true],
  ['count: not over', { count: REPLY, over: 2, within: 10 }, [event(1)], event(5), false],
  [
    'count: outcomes are no second call',
    { count: REPLY, over: 2, within: 10 },
    [event(1), event(2, { phase: 'response' })],
    event(5),
    false,
  ],
  ['count: the window slides', { count: REPLY, over: 1, within: 4 }, [event(1)], event(5), false],
  [
    'distinct',
    { distinct: REPLY, argument: 'amount', over: 1, within: 10 },
    [pays(1, 1), pays(2, 1)],
    pays(5, 2),
    true,
  ],
  ['distinct: the same', { distinct: REPLY, argument: 'amount', over: 1, within: 10 }, [pays(1, 1)], pays(5, 1), false],
  ['sum: over', { sum: REPLY, argument: 'amount', over: 5, within: 10 }, [pays(1, 3)], pays(5, 2.5), true],
  ['sum: exactly', { sum: REPLY, argument: 'amount', over: 0.3, within: 10 }, [pays(1, 0.1)], pays(5, 0.2), false],
  [
    'sum: an argument that was left out',
    { sum: REPLY, argument: 'amount', over: 5, within: 10 },
    [event(1)],
    pays(5, 5),
    false,
  ],
  [
    'sum: what cannot be added',
    { sum: REPLY, argument: 'amount', over: 1e9, within: 10 },
    [pays(1, 'much')],
    pays(5, 0),
    true,
  ],
  [
    'sum: too large to be exact',
    { sum: REPLY, argument: 'amount', over: 1e9, within: 10 },
    [pays(1, 1e300), pays(2, -1e300)],
    pays(5, 0),
    true,
  ],
  ['not', { not: { formerly: SEARCH, within: 10 } }, [], event(5), true],
  ['all', { all: [{ is: REPLY }, { formerly: SEARCH, within: 10 }] }, [search(1)], search(5), false],
  ['any', { any: [{ is: REPLY }, { formerly: SEARCH, within: 10 }] }, [], event(5), true],
  ['a clock that went back: inside', { count: REPLY, over: 1, within: 4 }, [event(9_999_999)], event(5), true],
])('%s', (_what, formula, past, call, expected) => {
  expect(holds(formula, { past, call })).toBe(expected);
});
