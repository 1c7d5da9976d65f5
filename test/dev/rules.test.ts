import { ALLOWED, denied, NEEDS_APPROVAL, RunByTheRules } from '../../dev/rules';
import { Approval, Duration, Scope, Sequence } from '../../lib';
import type { Agent } from '../../lib/declaration/agent';
import { desk } from '../support/desk';

const environment = desk();
const { triage } = environment.agents as Record<string, Agent>;
/** The agent of the support desk under other rules. */
const run = (rules: Partial<Agent> = {}): RunByTheRules =>
  new RunByTheRules(environment, { ...(triage as Agent), needsApproval: [], sequence: [], ...rules });
const call = (operation: string, args: Record<string, unknown> = {}) => ({ operation, arguments: args });
const minute = Duration.minutes(1);

test('what an agent has is allowed, what it has not is not', () => {
  expect(run().next(call('tickets.reply'))).toEqual(ALLOWED);
  expect(run().next(call('tickets.purge'))).toEqual(denied('not-permitted'));
});

test('a number of calls ends', () => {
  const two = run({ sequence: [Sequence.atMost(2, 'tickets.reply', minute)] });
  expect([1, 2, 3].map(() => two.next(call('tickets.reply')).effect)).toEqual(['allow', 'allow', 'deny']);
  expect(two.next(call('tickets.search'))).toEqual(ALLOWED);
});

test('reach ends after taint, and only then', () => {
  const sequence = [Sequence.never('sensitive').before('external')];
  const tainted = run({ sequence });
  expect(tainted.next(call('tickets.reply'))).toEqual(ALLOWED);
  expect(tainted.next(call('crm.customer'))).toEqual(ALLOWED);
  expect(tainted.next(call('tickets.reply'))).toEqual(denied('sequence-violated'));
  expect(tainted.next(call('tickets.close'))).toEqual(ALLOWED);
});

test('an order is kept', () => {
  const ordered = run({ sequence: [Sequence.only('tickets.reply').after('tickets.search', minute)] });
  expect(ordered.next(call('tickets.reply'))).toEqual(denied('sequence-violated'));
  expect(ordered.next(call('tickets.search'))).toEqual(ALLOWED);
  expect(ordered.next(call('tickets.reply'))).toEqual(ALLOWED);
});

test('what came last, what came since, and what must not have come', () => {
  const effects = (sequence: Agent['sequence'], ...calls: string[]): string => {
    const one = run({ sequence });
    return calls.map((operation) => one.next(call(operation)).effect).join(' ');
  };
  const [reply, search, other] = ['tickets.reply', 'tickets.search', 'crm.customer'] as const;
  const last = [Sequence.only(reply).previous(search, minute)];
  expect(effects(last, reply, search, reply, reply)).toBe('deny allow allow deny');
  const held = [Sequence.only(reply).since(search, [other], minute)];
  expect(effects(held, reply, search, other, reply, reply)).toBe('deny allow allow allow deny');
  const never = [Sequence.deny(Sequence.call(reply).formerly(search, minute))];
  expect(effects(never, reply, search, other, reply)).toBe('allow allow allow deny');
  const values = run({ sequence: [Sequence.deny(Sequence.distinct(reply, 'ticket').over(1).within(minute))] });
  expect(['a', 'a', 'b'].map((ticket) => values.next(call(reply, { ticket })).effect)).toEqual([
    ...['allow', 'allow', 'deny'],
  ]);
});

test('people are asked: always, after a number, above a sum', () => {
  expect(run({ needsApproval: [Approval.of('tickets.close')] }).next(call('tickets.close'))).toEqual(NEEDS_APPROVAL);
  const counted = run({ needsApproval: [Approval.when(Sequence.count('tickets.reply').over(1).within(minute))] });
  expect([1, 2].map(() => counted.next(call('tickets.reply')).effect)).toEqual(['allow', 'needs_approval']);
  const summed = run({
    needsApproval: [Approval.when(Sequence.sum('tickets.reply', 'amount').over(5).within(minute))],
  });
  expect([3, 3, 2].map((amount) => summed.next(call('tickets.reply', { amount })).effect)).toEqual([
    'allow',
    'needs_approval',
    'allow',
  ]);
});

test('a rule that forbids is stronger than one that asks', () => {
  const both = run({
    needsApproval: [Approval.of('tickets.reply')],
    sequence: [Sequence.only('tickets.reply').after('tickets.search', minute)],
  });
  expect(both.next(call('tickets.reply'))).toEqual(denied('sequence-violated'));
});

test('what counts over more than a run is counted over all of them', () => {
  const whole: ReturnType<typeof call>[] = [];
  const next = (agent: Partial<Agent>) =>
    new RunByTheRules(environment, { ...(triage as Agent), needsApproval: [], sequence: [], ...agent }, whole);
  const sequence = [Sequence.atMost(2, 'tickets.reply', minute, Scope.USER)];
  const needsApproval = [
    Approval.when(Sequence.sum('tickets.search', 'n').over(5).within(minute, Scope.AGENT)),
    Approval.when(Sequence.count('tickets.close').over(1).within(minute, Scope.AGENT)),
  ];
  const replies = [1, 2, 3].map(() => next({ sequence }).next(call('tickets.reply')).effect);
  expect(replies).toEqual(['allow', 'allow', 'deny']);
  const sums = [3, 3].map((n) => next({ needsApproval }).next(call('tickets.search', { n })).effect);
  expect(sums).toEqual(['allow', 'needs_approval']);
  const counts = [1, 2].map(() => next({ needsApproval }).next(call('tickets.close')).effect);
  expect(counts).toEqual(['allow', 'needs_approval']);
});
