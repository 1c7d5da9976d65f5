import { gzipSync } from 'node:zlib';
import { digestOf } from '../../../services/governor/canonical';
import type { Pending } from '../../../services/governor/context';
import { Guard } from '../../../services/governor/guard/guard';
import { type AnswerVerdict, Inspector } from '../../../services/governor/inspect';
import { Manifests } from '../../../services/governor/manifest';
import { Memory } from './support/memory';
import { call, config, MCP, parsed, request } from './support/requests';

const TOKEN = ['ghp', 'a1B2'.repeat(9)].join('_');
const CLAUDE = request('/models/claude/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] });
const LIST = request(MCP, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
const CUSTOMER = request('/tools/crm/v1/customers/C-1', undefined, { method: 'GET' });

const inspect = async (
  http: Parameters<typeof parsed>[0],
  body: unknown,
  props: { status?: number; headers?: Record<string, string>; memory?: Memory; manifests?: Manifests } = {},
): Promise<{ verdict: AnswerVerdict; memory: Memory }> => {
  const memory = props.memory ?? new Memory();
  const pending: Pending = {
    decision: 'd-1',
    parsed: parsed(http),
    caller: { door: 'back', agent: 'triage', run: undefined },
    run: undefined,
    event: undefined,
  };
  const inspector = new Inspector(config, new Guard(config.guard), memory, () => 7, undefined, props.manifests);
  const headers = Object.entries({ 'content-type': 'application/json', ...props.headers });
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { verdict: await inspector.answer(pending, { status: props.status ?? 200, headers, body: bytes }), memory };
};
const result = (value: object, id = 1) => ({ jsonrpc: '2.0', id, result: value });
const text = (words: string) => result({ content: [{ type: 'text', text: words }] });
const bodyOf = (verdict: AnswerVerdict): unknown =>
  verdict.kind === 'pass' && verdict.body !== undefined ? JSON.parse(verdict.body.toString()) : verdict.kind;

test('a result passes as it came, and is on record', async () => {
  const { verdict, memory } = await inspect(request(MCP, call('search')), text('three tickets'));
  expect(verdict).toEqual({ kind: 'pass', body: undefined });
  expect(memory.outcomes).toMatchObject([{ decision: 'd-1', phase: 'response', status: 200, at: 7, claims: [] }]);
});

test('what the model wants to call is a claim', async () => {
  const answer = { type: 'message', content: [{ type: 'tool_use', id: 'a', name: 'search', input: { q: 1 } }] };
  const { memory } = await inspect(CLAUDE, answer);
  expect(memory.outcomes[0]?.claims).toMatchObject([{ id: 'd-1.0', name: 'search' }]);
});

test('a credential in a result is removed, also from a compressed one', async () => {
  const dirty = text(`the key is ${TOKEN}.`);
  for (const [body, headers] of [
    [dirty, {}],
    [gzipSync(JSON.stringify(dirty)), { 'content-encoding': 'gzip' }],
  ] as const)
    expect(bodyOf((await inspect(request(MCP, call('search')), body, { headers })).verdict)).toEqual(
      text('the key is [removed].'),
    );
});

test('a list of tools shows those that the agent has', async () => {
  const tools = ['search', 'purge', 'close'].map((name) => ({ name }));
  const { verdict } = await inspect(LIST, result({ tools }));
  expect(bodyOf(verdict)).toEqual(result({ tools: [{ name: 'search' }, { name: 'close' }] }));
});

test('a list with another definition than the pinned one is withheld, whoever asked and whatever else is in it', async () => {
  const { tickets } = config.tools;
  const [search, close] = [{ name: 'search', description: 'a' }, { name: 'close' }];
  const pinned = { ...tickets!.operations.search!, manifest: digestOf(search) };
  const tools = { ...config.tools, tickets: { ...tickets!, operations: { ...tickets!.operations, search: pinned } } };
  const memory = new Memory();
  const manifests = new Manifests(tools, memory);
  expect((await inspect(LIST, result({ tools: [search, close] }), { memory, manifests })).verdict.kind).toBe('pass');
  const other = await inspect(LIST, result({ tools: [close, { ...search, description: 'b' }] }), { memory, manifests });
  expect(other.verdict).toMatchObject({ kind: 'withhold', denial: { code: 'tool-changed' } });
  expect(memory.outcomes.at(-1)).toMatchObject({ withheld: true, code: 'tool-changed', phase: 'error' });
  expect(memory.changes.at(-1)).toMatchObject({ operation: 'tickets.search', decision: 'd-1', agent: 'triage' });
});

test('a stream that nobody asked on carries no results: a list would pass it unseen', async () => {
  const stream = request(MCP, undefined, { method: 'GET' });
  const { verdict } = await inspect(stream, result({ tools: [{ name: 'purge' }] }));
  expect(verdict).toMatchObject({ kind: 'withhold', denial: { code: 'malformed-answer' } });
  const told = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
  expect((await inspect(stream, told)).verdict.kind).toBe('pass');
});

test('errors pass, as errors', async () => {
  expect((await inspect(CLAUDE, { type: 'error', error: {} }, { status: 529 })).memory.outcomes).toMatchObject([
    { phase: 'error', status: 529 },
  ]);
  expect(
    (await inspect(request(MCP, call('search')), result({ isError: true, content: [] }))).memory.outcomes,
  ).toMatchObject([{ phase: 'error' }]);
  const plain = await inspect(CLAUDE, 'bad gateway', { status: 502, headers: { 'content-type': 'text/plain' } });
  expect(plain.verdict).toEqual({ kind: 'pass', body: undefined });
});

test.each<[string, Parameters<typeof parsed>[0], unknown, Record<string, string>]>([
  ['a server that asks', request(MCP, call('search')), { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage' }, {}],
  ['the answer of another request', request(MCP, call('search')), { ...text('a'), id: 2 }, {}],
  ['a key twice', CUSTOMER, '{"a":1,"a":2}', {}],
  ['another media type', CLAUDE, 'hello', { 'content-type': 'text/html' }],
  ['what the provider did itself', CLAUDE, { type: 'message', content: [{ type: 'server_tool_use' }] }, {}],
  ['an encoding that is not true', CUSTOMER, '{}', { 'content-encoding': 'gzip' }],
  ['a key that holds a credential', CUSTOMER, { [TOKEN]: 1 }, {}],
])('withheld: %s', async (_what, http, body, headers) => {
  const { verdict, memory } = await inspect(http, body, { headers });
  expect(verdict).toMatchObject({ kind: 'withhold', denial: { code: 'malformed-answer' } });
  expect(memory.outcomes).toMatchObject([{ phase: 'error', claims: [] }]);
});

test('an answer that cannot be recorded does not pass', async () => {
  const memory = new Memory();
  memory.outcome = () => Promise.reject(new Error('disk full'));
  const { verdict } = await inspect(request(MCP, call('search')), text('a'), { memory });
  expect(verdict).toMatchObject({ kind: 'withhold', denial: { code: 'unavailable' } });
});
