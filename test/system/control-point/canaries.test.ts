import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { anthropicTurn } from '../../services/governor/support/streams';
import { until } from '../envoy/run';
import { ControlPoint, modelHere } from './control-point';
import { Receiver } from './otlp';

const point = new ControlPoint();
const receiver = new Receiver();
beforeAll(async () => point.start({ edit: modelHere, config: await point.collector(receiver) }), 120_000);
afterAll(async () => {
  await point.stop();
  receiver.stop();
});
const { tickets, triage, claude } = point.world.upstreams;

const planted: string[] = [];
/** A word that is nowhere else, to be put where people and programs put what is theirs. */
const canary = (): string => {
  const word = `canary${planted.length}x${Math.random().toString(36).slice(2, 10)}`;
  planted.push(word);
  return word;
};
/** The same shape with a canary in every text of it. */
const full = (value: unknown): unknown => {
  if (typeof value === 'string') return value === '' ? canary() : value;
  if (Array.isArray(value)) return value.map(full);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key === '' ? canary() : key, full(inner)]));
};

const page = (port: number, path: string): Promise<string> =>
  new Promise((done, failed) => {
    request({ port, path, host: '127.0.0.1' }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => done(text));
    })
      .on('error', failed)
      .end();
  });

const INFER = { model: 'claude-sonnet-4-5', max_tokens: 1, messages: [{ role: 'user', content: '' }], system: '' };
/** An answer in which everything is the provider's to say. */
const TURN = { type: 'message', id: '', model: '', stop_reason: '', usage: { input_tokens: 1, output_tokens: 1 } };
const bodies: readonly (readonly [path: string, body: unknown])[] = [
  [MCP, call('search', { text: '' })],
  [MCP, call('search', { '': '' })],
  [MCP, call('reply', { ticket: 'T-1', body: '' })],
  [MCP, call('reply', { ticket: '', body: '', cc: '' })],
  [MCP, call('')],
  [MCP, { jsonrpc: '2.0', id: '', method: 'tools/call', params: { name: 'search', arguments: { text: '' } } }],
  [MCP, { jsonrpc: '2.0', id: 1, method: '' }],
  [MCP, { jsonrpc: '', id: 1, method: 'ping' }],
  [MCP, { jsonrpc: '2.0', id: 1, method: 'initialize', params: { clientInfo: { name: '', version: '' } } }],
  [MCP, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { reason: '' } }],
  ['/models/claude/v1/messages', INFER],
  ['/models/claude/v1/messages', { ...INFER, stream: true }],
  ['/models/claude/v1/messages', { ...INFER, model: '' }],
  ['/models/claude/v1/messages', { ...INFER, metadata: { user_id: '' } }],
  [
    '/models/claude/v1/messages',
    { ...INFER, tools: [{ name: '', description: '', input_schema: { type: 'object' } }] },
  ],
  ['/models/claude/v1/messages', { ...INFER, '': '' }],
];

/** Everything once, each time with other canaries; the denials among the answers. */
const ask = async (round: number): Promise<string[]> => {
  const denials: string[] = [];
  for (const [path, shape] of bodies) {
    const trace = { tracestate: `a=${canary()}`, baggage: `b=${canary()}` };
    const headers = { 'x-note': canary(), ...trace, ...(round % 3 === 0 ? { 'x-firepit-run': canary() } : {}) };
    const answer = await point.back(path, full(shape), headers);
    if (point.memory.decisions.at(-1)?.effect !== 'allow') denials.push(answer.body);
  }
  for (const path of [`/tools/crm/v1/customers/${canary()}`, `/tools/crm/v1/customers/C-1?q=${canary()}`])
    denials.push((await point.back(path, undefined, { 'x-firepit-token': canary() })).body);
  denials.push((await point.back(MCP, `{"${canary()}`)).body);
  const groups = round % 2 === 0 ? ['support'] : [canary()];
  const asked = await point.front(`/agents/triage/${canary()}`, { q: canary() }, groups);
  return asked.status === 200 ? denials : [...denials, asked.body];
};

test('200 canaries in what is asked and answered, and none in the log, the metrics, a span or a denial', async () => {
  const denials: string[] = [];
  tickets.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-more', canary());
    response.end(JSON.stringify(full({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: '' }] } })));
  };
  let turns = 0;
  claude.respond = (asked, response) => {
    if (!asked.body.includes('"stream":true')) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(full({ ...TURN, content: [{ type: 'text', text: '' }] })));
      return;
    }
    const said = { texts: [[canary(), ' ', canary()]], tools: [{ name: canary(), json: [`{"a":"${canary()}"}`] }] };
    response.setHeader('content-type', 'text/event-stream');
    response.end(anthropicTurn(said) + (turns++ % 2 === 0 ? '' : `data: {"${canary()}":1}\n\n`));
  };
  triage.respond = (_request, response) => response.end(canary());
  for (let round = 0; round < 6; round++) denials.push(...(await ask(round)));
  const metrics = await page(point.configured?.listen.metrics ?? 0, '/metrics');
  const ready = await page(point.configured?.listen.health ?? 0, '/ready');
  expect(planted.length).toBeGreaterThan(200);
  expect(denials.length).toBeGreaterThan(30);
  expect(point.lines.length).toBeGreaterThan(100);
  expect(metrics).toMatch(
    /firepit_decisions_total\{agent="triage",operation="tickets.search",effect="allow",code=""\} \d+/,
  );
  await until('a span of every decision', () => receiver.spans.length === point.memory.decisions.length, 60);
  expect(new Set(receiver.spans.map(({ attributes }) => attributes['firepit.decision.code'])).size).toBeGreaterThan(5);
  expect(new Set(receiver.spans.map(({ attributes }) => attributes['gen_ai.operation.name'])).size).toBe(4);
  const spans = Buffer.concat(receiver.bytes).toString('latin1');
  for (const what of [point.lines.join(''), metrics, ready, spans])
    expect(planted.filter((word) => what.includes(word))).toEqual([]);
  // A caller gets the id of its own request back, as JSON-RPC has it, and nothing else of what it sent.
  const told = denials.map((denial) => denial.replace(/"id":"[^"]*"/, '')).join('\n');
  expect(planted.flatMap((word) => told.split('\n').filter((line) => line.includes(word)))).toEqual([]);
}, 120_000);
