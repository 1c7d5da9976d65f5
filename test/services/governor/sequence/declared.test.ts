import { Approval, Argument, Duration, Sequence } from '../../../../lib';
import { Governor } from '../../../../services/governor/decide';
import { Guard } from '../../../../services/governor/guard/guard';
import { Runs } from '../../../../services/governor/identify/runs';
import { Inspector } from '../../../../services/governor/inspect';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { changed } from '../../../support/desk';
import { environment } from '../support/environment';
import { Memory } from '../support/memory';
import { call, MCP, request } from '../support/requests';

const [REPLY, SEARCH, CUSTOMER] = ['tickets.reply', 'tickets.search', 'crm.customer'] as const;
const HOUR = Duration.hours(1);
const RULES = {
  previous: { sequence: [Sequence.only(REPLY).previous(SEARCH, HOUR)] },
  since: { sequence: [Sequence.only(REPLY).since(SEARCH, [CUSTOMER], HOUR)] },
  formerly: { sequence: [Sequence.deny(Sequence.call(REPLY).formerly(CUSTOMER, HOUR))] },
  distinct: { needsApproval: [Approval.when(Sequence.distinct(REPLY, 'ticket').over(1).within(HOUR))] },
  sum: { sequence: [Sequence.deny(Sequence.sum(REPLY, 'minutes').over(5).within(HOUR))] },
} as const;

const customer = request('/tools/crm/v1/customers/C-1', undefined, { method: 'GET' });
const search = request(MCP, call('search', { text: 'a' }));
const reply = (ticket = 'T-1', minutes = 1): HttpRequest =>
  request(MCP, call('reply', { ticket, body: 'hello', minutes }));
const RESULT = { jsonrpc: '2.0', id: 1, result: { content: [] } };

/** A governor on what lib writes of a declaration with these rules; calls are answered, unless the upstream fails. */
const governed = (rules: (typeof RULES)[keyof typeof RULES]) => {
  const configuration = environment(
    changed((d) => {
      d.tools.tickets.operations.reply.arguments.minutes = Argument.integer({ min: 0, max: 60 });
      Object.assign(d.agents.triage, { sequence: [], needsApproval: [], ...rules });
    }),
  );
  const memory = new Memory();
  let now = 1_000_000;
  const clock = () => now++;
  const governor = new Governor(configuration, {
    agents: { identify: async () => 'triage' },
    users: { identify: async () => ({ issuer: 'https://login.example.com', subject: 'ada', groups: [] }) },
    runs: new Runs(memory, 3_600_000),
    history: memory,
    recorder: memory,
    clock,
  });
  const inspector = new Inspector(configuration.config, new Guard(configuration.config.guard), memory, clock);
  const pass = async (http: HttpRequest, status = 200): Promise<string> => {
    const verdict = await governor.request(http);
    if (verdict.kind !== 'forward') return verdict.kind === 'deny' ? verdict.denial.code : verdict.kind;
    const body = Buffer.from(JSON.stringify(http === customer ? { name: 'Eve' } : RESULT));
    await inspector.answer(verdict.pending, { status, headers: [['content-type', 'application/json']], body });
    return 'allowed';
  };
  return { pass, later: (milliseconds: number) => (now += milliseconds) };
};

test('only right after another operation that succeeded', async () => {
  const { pass, later } = governed(RULES.previous);
  expect(await pass(reply())).toBe('sequence-violated');
  await pass(search, 500);
  expect(await pass(reply())).toBe('sequence-violated');
  await pass(search);
  expect(await pass(reply())).toBe('allowed');
  expect(await pass(reply())).toBe('sequence-violated');
  await pass(search);
  later(HOUR.seconds * 1000);
  expect(await pass(reply())).toBe('sequence-violated');
});

test('only since another operation, with nothing but what is held in between', async () => {
  const { pass } = governed(RULES.since);
  await pass(search);
  await pass(customer);
  expect(await pass(reply())).toBe('allowed');
  expect(await pass(reply())).toBe('sequence-violated');
});

test('never after another operation, whatever came of that one', async () => {
  const { pass } = governed(RULES.formerly);
  expect(await pass(reply())).toBe('allowed');
  await pass(customer, 500);
  expect(await pass(reply())).toBe('sequence-violated');
});

test('a person is asked above a number of different values', async () => {
  const { pass } = governed(RULES.distinct);
  expect(await pass(reply('T-1'))).toBe('allowed');
  expect(await pass(reply('T-1'))).toBe('allowed');
  expect(await pass(reply('T-2'))).toBe('needs-approval');
});

test('a sum denies where it is declared to', async () => {
  const { pass } = governed(RULES.sum);
  expect(await pass(reply('T-1', 5))).toBe('allowed');
  expect(await pass(reply('T-1', 1))).toBe('sequence-violated');
});
