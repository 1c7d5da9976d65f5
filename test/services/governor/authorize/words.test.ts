import { type PolicyJson, policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { Authorizer, type Question, type RunFacts } from '../../../../services/governor/authorize/cedar';
import { readInput, wordsOf } from '../../../../services/governor/authorize/words';
import fc from '../../../support/property';
import { policies, schema } from '../support/requests';

const RUN: RunFacts = { autonomous: false, explained: true, approved: false, violated: [], exceeded: [], taint: [] };
const reply = (input: object, run: Partial<RunFacts> = {}): Question => ({
  action: 'call',
  agent: 'triage',
  tool: 'tickets',
  operation: 'reply',
  input: { ticket: 'T-1', body: 'hello', ...input },
  run: { ...RUN, ...run },
});
const policy = (condition: string): PolicyJson => {
  const answer = policyToJson(`permit (principal, action, resource) when { ${condition} };`);
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message);
  return answer.json;
};

test.each([
  ['context.input.body == "x"', true],
  ['context["input"] has body', true],
  ['context has input', true],
  ['context has input.body', true],
  ['context == {"run": 1}', true],
  ['{"c": context}.c.run has x', true],
  ['if true then context.run.autonomous else context.input.b == 1', true],
  ['context.run.taint.contains("context.input")', false],
  ['context.run == {"input": 1}', false],
  ['principal == resource', false],
])('whether a policy looks at the arguments: %s', (condition, expected) => {
  expect(readInput([policy('true'), policy(condition)])).toBe(expected);
});

test('arguments of the same types are the same question, and of other types another one', () => {
  const words = (input: object): string | undefined => wordsOf(reply(input), false);
  expect(words({ body: 'another' })).toBe(words({}));
  expect(words({ n: 1 })).toBe(words({ n: -7 }));
  const others = [
    { body: 7 },
    { body: true },
    { body: 0.5 },
    { body: 2 ** 60 },
    { body: null },
    { body: [] },
    { more: 'x' },
  ];
  const decimals = ['1.5', '1.6'].map((arg) => ({ body: { __extn: { fn: 'decimal', arg } } }));
  expect(new Set([{}, ...others, ...decimals].map(words)).size).toBe(10);
  expect(wordsOf(reply({}, { taint: ['sensitive'] }), false)).not.toBe(words({}));
  expect(words({ body: '\ud800' })).toBeUndefined();
});

test('where arguments are read, or people ask, each question is another one', () => {
  expect(wordsOf(reply({}), true)).toBeUndefined();
  expect(wordsOf({ action: 'ask', user: 'ada', groups: [], agent: 'triage' }, false)).toBeUndefined();
});

test('a rule about an argument holds for the second call as for the first', () => {
  const strict = new Authorizer(
    schema,
    `${policies}\n@id("word") forbid (principal, action == Firepit::Action::"tickets.reply", resource) when { context.input.body == "no" };`,
  );
  for (let round = 0; round < 2; round++) {
    expect(strict.decide(reply({})).effect).toBe('allow');
    expect(strict.decide(reply({ body: 'no' }))).toEqual({ effect: 'deny', policies: ['word'] });
  }
});

test('who was asked before answers as one who keeps nothing', () => {
  const keeps = new Authorizer(schema, policies);
  const keepsNothing = new Authorizer(
    schema,
    `${policies}\n@id("reads") forbid (principal, action == Firepit::Action::"tickets.reply", resource) when { context.input.body == "never said" };`,
  );
  const value = fc.oneof(fc.string(), fc.constantFrom(1, 0.5, true, null));
  const run = fc.record({ violated: fc.subarray(['triage.sequence.0']), approved: fc.boolean() });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('ticket', 'body', 'n'), value), run, (input, facts) => {
      const question = reply(input, facts);
      expect(keeps.decide(question)).toEqual(keepsNothing.decide(question));
    }),
    { numRuns: 100 },
  );
});
