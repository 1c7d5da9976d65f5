import { expect, test } from '@jest/globals';
import type { Entry } from '../../../contract';
import { decision, outcome } from '../../services/state/example';
import { busiest, type Seen, traceOf, unrecorded, wrongs } from './kill-history';

const base = decision();
const allowed = (call: number, more: Partial<Entry> = {}) =>
  ({ ...decision(), how: { ...base.how, trace: traceOf(call) }, ...more }) as Extract<Entry, { kind: 'decision' }>;
const D = allowed(1);
const O = outcome(D) as Extract<Entry, { kind: 'outcome' }>;
const asked: Seen = { kind: 'asked', call: 1 };
const reached: Seen = { kind: 'reached', call: 1 };
const answered: Seen = { kind: 'answered', call: 1, whole: true };
const failed: Seen = { kind: 'answered', call: 1, whole: false };
const kept = (entry: Entry): Seen => ({ kind: 'kept', entry });
const withheld = outcome(D, { what: { ...O.what, withheld: true } });
const plain = { ...D, what: { ...D.what, operation: 'infer:claude/claude-sonnet-4-5' } };
const denied = { ...D, why: { ...D.why, effect: 'deny' as const } };

test.each<[string, readonly Seen[], readonly Entry[]]>([
  ['a call that is answered', [asked, kept(D), reached, kept(O), answered], [D, O]],
  ['one without an outcome that fails', [asked, kept(D), reached, failed], [D]],
  ['one that is kept, and nobody knows', [asked, failed], [D]],
  ['a plain answer before its outcome', [asked, kept(plain), reached, answered, kept(O)], [plain, O]],
  ['a plain answer whose outcome was lost', [asked, kept(plain), reached, answered], [plain]],
])('holds: %s', (_what, seen, log) => expect(wrongs(seen, log)).toEqual([]));

test.each<[string, readonly Seen[], readonly Entry[], RegExp]>([
  ['a call before its decision', [asked, reached, kept(D), kept(O), answered], [D, O], /forwarded before/],
  ['a call without a decision', [asked, reached, failed], [], /forwarded before/],
  ['a call that was denied', [asked, kept(denied), reached, failed], [denied], /forwarded before/],
  ['a call that arrives twice', [asked, kept(D), reached, reached, failed], [D], /forwarded twice/],
  ['a lost entry', [asked, kept(D), reached, kept(O), answered], [D], /is lost/],
  ['an entry that is there twice', [asked, kept(D), reached, failed], [D, D], /is there twice/],
  ['a call that is allowed twice', [asked, kept(D), reached, failed], [D, allowed(1)], /allowed twice/],
  ['an outcome of nothing', [asked, failed], [O], /no call that was allowed/],
  ['two outcomes', [asked, kept(D), reached, kept(O), failed], [D, O, outcome(D)], /came out twice/],
  ['two outcomes, one withheld', [asked, kept(D), reached, kept(O), failed], [D, O, withheld], /came out twice/],
  ['an answer before its outcome', [asked, kept(D), reached, answered, kept(O)], [D, O], /answered before/],
  ['an answer without outcome', [asked, kept(D), reached, answered], [D], /answered before/],
  [
    'an answer that passed all the same',
    [asked, kept(D), reached, kept(withheld), answered],
    [D, withheld],
    /answered before/,
  ],
  [
    'a plain answer that was withheld',
    [asked, kept(plain), reached, answered, kept(withheld)],
    [plain, withheld],
    /before/,
  ],
  [
    'a plain answer of a call before its decision',
    [asked, reached, kept(plain), answered],
    [plain],
    /forwarded before/,
  ],
  ['a call that nobody answers', [asked, kept(D), reached], [D], /waits for ever/],
])('is found: %s', (_what, seen, log, wrong) => expect(wrongs(seen, log).join()).toMatch(wrong));

test('answers without an outcome are counted', () => {
  expect(unrecorded([asked, kept(plain), reached, answered], [plain])).toBe(1);
  expect(unrecorded([asked, kept(plain), reached, answered, kept(O)], [plain, O])).toBe(0);
  expect(unrecorded([asked, kept(plain), reached, failed], [plain])).toBe(0);
});

test('the busiest window', () => {
  const at = [0, 5, 9, 10, 30].map((second) => allowed(second, { time: new Date(second * 1000).toISOString() }));
  expect(busiest(at, D.what.operation, 10_000)).toBe(3);
  expect(busiest(at, 'other.one', 10_000)).toBe(0);
});
