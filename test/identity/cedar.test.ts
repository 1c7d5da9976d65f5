import { checkParsePolicySet, isAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { contextOf } from '../../lib/context';
import { cedarPolicy } from '../../lib/identity/cedar';
import { desk } from '../support/desk';

const { schema, policies, digest } = cedarPolicy(contextOf(desk()));

const RUN = {
  autonomous: false,
  explained: true,
  approved: false,
  violated: [] as string[],
  exceeded: [] as string[],
  taint: [] as string[],
};
const call = (operation: string, input: Record<string, string> = {}, run: Partial<typeof RUN> = {}) => ({
  principal: { type: 'Firepit::Agent', id: 'triage' },
  action: { type: 'Firepit::Action', id: operation },
  resource: { type: 'Firepit::Tool', id: operation.split('.')[0] ?? '' },
  context: { input, run: { ...RUN, ...run } },
});
const decide = (request: ReturnType<typeof call> | object) => {
  const answer = isAuthorized({
    ...(request as ReturnType<typeof call>),
    schema,
    validateRequest: true,
    policies: { staticPolicies: policies },
    entities: [
      { uid: { type: 'Firepit::User', id: 'ada' }, attrs: {}, parents: [{ type: 'Firepit::Group', id: 'support' }] },
      { uid: { type: 'Firepit::User', id: 'eve' }, attrs: {}, parents: [] },
    ],
  });
  // The governor's rule: any failure or error is a denial.
  return answer.type === 'success' && answer.response.diagnostics.errors.length === 0
    ? answer.response.decision
    : 'deny';
};

describe('generated Cedar', () => {
  test('schema and policies parse and validate in strict mode', () => {
    expect(checkParsePolicySet({ staticPolicies: policies })).toEqual({ type: 'success' });
    const result = validate({ schema, policies: { staticPolicies: policies }, validationSettings: { mode: 'strict' } });
    expect(result.type).toBe('success');
    expect(result).toMatchObject({ validationErrors: [], validationWarnings: [] });
  });

  test('a declared operation is allowed, one that was not granted is denied', () => {
    expect(decide(call('tickets.search'))).toBe('allow');
    expect(decide(call('crm.customer', { id: 'C-1' }))).toBe('allow');
    expect(decide(call('tickets.purge'))).toBe('deny');
  });

  test('an argument that was not declared is denied, and so is a missing one', () => {
    expect(decide(call('tickets.reply', { ticket: 'T-1', body: 'hello' }))).toBe('allow');
    expect(decide(call('tickets.reply', { ticket: 'T-1', body: 'hello', cc: 'x' }))).toBe('deny');
    expect(decide(call('tickets.reply', { ticket: 'T-1' }))).toBe('deny');
  });

  test('an operation that needs approval is forbidden until it is approved', () => {
    expect(decide(call('tickets.close', { ticket: 'T-1' }))).toBe('deny');
    expect(decide(call('tickets.close', { ticket: 'T-1' }, { approved: true }))).toBe('allow');
  });

  test('a measure over its threshold needs approval', () => {
    const reply = { ticket: 'T-1', body: 'hello' };
    expect(decide(call('tickets.reply', reply, { exceeded: ['triage.approval.1'] }))).toBe('deny');
    expect(decide(call('tickets.reply', reply, { exceeded: ['triage.approval.1'], approved: true }))).toBe('allow');
  });

  test('a broken sequence rule forbids, approved or not', () => {
    expect(decide(call('tickets.search', {}, { violated: ['triage.sequence.1'], approved: true }))).toBe('deny');
    expect(decide(call('tickets.search', {}, { violated: ['another.rule'] }))).toBe('allow');
  });

  test('only the groups that may ask, ask; only allowed models are inferred', () => {
    const ask = (id: string) => ({
      principal: { type: 'Firepit::User', id },
      action: { type: 'Firepit::Action', id: 'ask' },
      resource: { type: 'Firepit::Agent', id: 'triage' },
      context: {},
    });
    expect(decide(ask('ada'))).toBe('allow');
    expect(decide(ask('eve'))).toBe('deny');
    const infer = (id: string) => ({
      principal: { type: 'Firepit::Agent', id: 'triage' },
      action: { type: 'Firepit::Action', id: 'infer' },
      resource: { type: 'Firepit::Model', id },
      context: { run: RUN },
    });
    expect(decide(infer('claude/claude-sonnet-4-5'))).toBe('allow');
    expect(decide(infer('claude/claude-opus-9'))).toBe('deny');
  });

  test('a fact that is missing from the run is a denial, not a skipped forbid', () => {
    const { violated: _, ...partial } = RUN;
    expect(decide({ ...call('tickets.search'), context: { input: {}, run: partial } })).toBe('deny');
  });

  test('the digest names the content', () => {
    expect(digest).toMatch(/^sha256:[a-f0-9]{64}$/);
    expect(cedarPolicy(contextOf(desk({ mayAsk: ['group:other'] }))).digest).not.toBe(digest);
  });
});
