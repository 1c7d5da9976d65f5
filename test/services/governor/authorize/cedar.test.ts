import { Authorizer, PolicyError, type Question, type RunFacts } from '../../../../services/governor/authorize/cedar';
import fc from '../../../support/property';
import { policies, schema } from '../support/requests';

const authorizer = new Authorizer(schema, policies);
const RUN: RunFacts = { autonomous: false, explained: true, approved: false, violated: [], exceeded: [], taint: [] };
const call = (operation: string, input: object = {}, run: Partial<RunFacts> = {}): Question => ({
  action: 'call',
  agent: 'triage',
  tool: 'tickets',
  operation,
  input: input as Record<string, unknown>,
  run: { ...RUN, ...run },
});
const infer = (name: string, agent = 'triage'): Question => ({
  action: 'infer',
  agent,
  model: 'claude',
  name,
  run: RUN,
});
const ask = (user: string, ...groups: string[]): Question => ({ action: 'ask', user, groups, agent: 'triage' });
const REPLY = { ticket: 'T-1', body: 'x' };

test.each<[string, Question, string, string[]]>([
  ['a granted operation', call('search'), 'allow', ['triage.call.tickets']],
  ['with declared arguments', call('reply', REPLY), 'allow', ['triage.call.tickets']],
  ['one that was not granted', call('purge'), 'deny', []],
  ['one that does not exist', call('drop'), 'deny', []],
  ['an argument that does not exist', call('search', { x: 'y' }), 'deny', []],
  ['an argument of another type', call('reply', { ...REPLY, body: 7 }), 'deny', []],
  ['a missing argument', call('reply', { ticket: 'T-1' }), 'deny', []],
  ['a broken rule', call('reply', REPLY, { violated: ['triage.sequence.0'] }), 'deny', ['triage.sequence.0']],
  ['what a person decides', call('close', { ticket: 'T-1' }), 'needs_approval', ['triage.approval.0']],
  ['what a person decided', call('close', { ticket: 'T-1' }, { approved: true }), 'allow', ['triage.call.tickets']],
  ['a threshold', call('reply', REPLY, { exceeded: ['triage.approval.1'] }), 'needs_approval', ['triage.approval.1']],
  [
    'an approval does not mend a broken rule',
    call('close', { ticket: 'T-1' }, { approved: true, violated: ['triage.sequence.1'] }),
    'deny',
    ['triage.sequence.1'],
  ],
  [
    'nor is it asked for then',
    call('close', { ticket: 'T-1' }, { violated: ['triage.sequence.1'] }),
    'deny',
    ['triage.approval.0', 'triage.sequence.1'],
  ],
  ['another agent', { ...call('search'), agent: 'other' } as Question, 'deny', []],
  ["another tool's operation", { ...call('search'), tool: 'crm' } as Question, 'deny', []],
  ['a model on the list', infer('claude-sonnet-4-5'), 'allow', ['triage.infer.0']],
  ['a model that is not', infer('claude-opus-4-1'), 'deny', []],
  ['a model of no agent', infer('claude-sonnet-4-5', 'other'), 'deny', []],
  ['a person of the group', ask('ada', 'support'), 'allow', ['triage.ask.group:support']],
  ['of another group', ask('eve', 'sales'), 'deny', []],
  ['of none', ask('eve'), 'deny', []],
  ['whose name is that of the group', ask('support'), 'deny', []],
])('%s', (_what, question, effect, ids) => {
  expect(authorizer.decide(question)).toEqual({ effect, policies: ids });
});

test('who may use a model is answered alike each time, and for these very words alone', () => {
  const fresh = new Authorizer(
    schema,
    `${policies}\n@id("alone") forbid (principal, action == Firepit::Action::"infer", resource) when { context.run.autonomous };`,
  );
  const alone: Question = { ...infer('claude-sonnet-4-5'), run: { ...RUN, autonomous: true } } as Question;
  for (let round = 0; round < 2; round++) {
    expect(fresh.decide(infer('claude-sonnet-4-5')).effect).toBe('allow');
    expect(fresh.decide(alone)).toEqual({ effect: 'deny', policies: ['alone'] });
    expect(fresh.decide(infer('claude-sonnet-4-5', 'other')).effect).toBe('deny');
    expect(fresh.decide(infer('claude-opus-4-1')).effect).toBe('deny');
  }
});

test('a forbid that fails is a denial, though Cedar alone would allow', () => {
  const failing = `${policies}\n@id("overflow") forbid (principal, action == Firepit::Action::"tickets.reply", resource) when { context.input.body.contains("") && false };`;
  expect(() => new Authorizer(schema, failing)).toThrow(PolicyError);
  const numbers = schema.replace(
    '"tickets.search", "tickets.purge" appliesTo { principal: [Agent], resource: [Tool], context: { input: {  }',
    '"tickets.search", "tickets.purge" appliesTo { principal: [Agent], resource: [Tool], context: { input: { n: Long }',
  );
  const overflow = `${policies}\n@id("overflow") forbid (principal, action == Firepit::Action::"tickets.search", resource) when { context.input.n + 9223372036854775807 > 0 };`;
  const strict = new Authorizer(numbers, overflow);
  expect(strict.decide(call('search', { n: -1 }))).toEqual({ effect: 'deny', policies: ['overflow'] });
  expect(strict.decide(call('search', { n: 1 }))).toEqual({ effect: 'deny', policies: ['overflow'] });
});

test('a forbid that asks people and that no approval lifts stays a denial', () => {
  const stubborn = `${policies}\n@id("stubborn") @effect("needs_approval") forbid (principal, action == Firepit::Action::"tickets.search", resource);`;
  expect(new Authorizer(schema, stubborn).decide(call('search')).effect).toBe('deny');
});

test.each([
  ['text that does not parse', 'permit (principal'],
  ['a policy that does not fit the schema', '@id("a") permit (principal == Firepit::Robot::"a", action, resource);'],
  ['a policy without id', 'permit (principal, action, resource);'],
  ['an id twice', '@id("a") permit (principal, action, resource); @id("a") permit (principal, action, resource);'],
  ['a template', '@id("a") permit (principal == ?principal, action, resource);'],
])('a governor does not start with %s', (_what, text) => {
  expect(() => new Authorizer(schema, text)).toThrow(PolicyError);
});

test('two sets of policies do not mix', () => {
  const other = new Authorizer(schema, '@id("none") forbid (principal, action, resource);');
  expect(other.decide(call('search')).effect).toBe('deny');
  expect(authorizer.decide(call('search')).effect).toBe('allow');
});

test('whatever is asked, only what was granted is allowed', () => {
  const name = fc.oneof(
    fc.constantFrom('search', 'reply', 'close', 'purge', 'customer', 'triage', 'tickets', 'crm', 'ask', 'infer', ''),
    fc.string(),
  );
  fc.assert(
    fc.property(name, name, name, fc.dictionary(name, fc.jsonValue()), (agent, tool, operation, input) => {
      const { effect } = authorizer.decide({ action: 'call', agent, tool, operation, input, run: RUN });
      if (effect !== 'deny') expect([agent, `${tool}.${operation}`]).toEqual(['triage', 'tickets.search']);
    }),
    { numRuns: 100 },
  );
});
