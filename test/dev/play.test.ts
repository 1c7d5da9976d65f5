import type { DecisionEntry, OutcomeEntry } from '../../contract';
import { problemsOf } from '../../dev/play';
import { ALLOWED, denied } from '../../dev/rules';
import type { Step } from '../../dev/steps';

const ID = 'a5ddb5f2-5e92-44d7-8501-e0247281a0c6';
const step = (changes: Partial<Step> = {}): Step => ({
  title: 'it',
  expected: ALLOWED,
  trace: 'a'.repeat(32),
  ...changes,
});
const witness = (why: object, seen: { status?: number; body?: string } = {}, reached = true) => ({
  decision: { id: ID, why: { effect: 'allow', code: 'allowed', reason: 'r', ...why } } as unknown as DecisionEntry,
  seen: { trace: '', status: 200, body: '', ...seen },
  reached,
});
const ended = (code: string) => ({
  ...witness({}, { status: 0 }, false),
  outcome: { why: { code } } as unknown as OutcomeEntry,
});
const DENIED = { effect: 'deny', code: 'not-permitted' };

test('what came out as declared has no problem', () => {
  expect(problemsOf(step(), witness({}))).toEqual([]);
  const no = witness(DENIED, { status: 403, body: `decision ${ID}` }, false);
  expect(problemsOf(step({ expected: denied('not-permitted') }), no)).toEqual([]);
  expect(problemsOf(step({ explained: true }), witness({ askedBy: ID }))).toEqual([]);
  expect(problemsOf(step({ ends: 'not-permitted' }), ended('not-permitted'))).toEqual([]);
});

test.each([
  ['an allow in the place of a deny', step({ expected: denied('not-permitted') }), witness({}, { body: ID }, false)],
  ['a deny for another reason', step({ expected: denied('x') }), witness(DENIED, { body: ID }, false)],
  ['a denied call that got through', step({ expected: denied('not-permitted') }), witness(DENIED, { body: ID })],
  ['an allowed call that did not', step(), witness({}, {}, false)],
  ['an allowed call that failed', step(), witness({}, { status: 502 })],
  ['a denial that does not name its decision', step({ expected: denied('not-permitted') }), witness(DENIED, {}, false)],
  ['a call that the record takes for nobody’s wish', step({ explained: true }), witness({ askedBy: null })],
  ['a tunnel that ended for another reason', step({ ends: 'not-permitted' }), ended('failed')],
  ['a tunnel whose end is not on record', step({ ends: 'not-permitted' }), witness({}, {}, false)],
  [
    'a tunnel that was ended after it reached the host',
    step({ ends: 'not-permitted' }),
    { ...ended('not-permitted'), reached: true },
  ],
])('%s is a problem, and one', (_, tried, seen) => {
  expect(problemsOf(tried, seen)).toHaveLength(1);
});
