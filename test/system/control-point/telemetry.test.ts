import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { GovernorConfig } from '../../../contract';
import { Collector } from '../../../services/common/collector';
import { Spans } from '../../../services/governor/telemetry/spans';
import { call, MCP } from '../../services/governor/support/requests';
import { anthropicTurn, openaiTurn, TOKEN } from '../../services/governor/support/streams';
import { decision } from '../../services/governor/telemetry/example';
import { EXPOSED, exposed } from '../../support/exposed';
import { type Leaf, Pki } from '../envoy/pki';
import { until } from '../envoy/run';
import { ControlPoint, modelHere } from './control-point';
import { type Manner, Receiver } from './otlp';

const point = new ControlPoint();
const receiver = new Receiver();
const { tickets, triage, claude } = point.world.upstreams;
const INFER = {
  model: 'claude-sonnet-4-5',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'harmless-question' }],
};
const MODEL = '/models/claude/v1/messages';
const TRACEPARENT = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
const CLAIMED = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';
/** Settings of other exporters: none of them means anything here. */
const VARIABLES = {
  OTEL_SDK_DISABLED: 'true',
  OTEL_TRACES_SAMPLER: 'always_off',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=stolen',
  OTEL_RESOURCE_ATTRIBUTES: 'service.name=stranger,more=stranger',
  OTEL_SERVICE_NAME: 'stranger',
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
  grpc_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
};
const before = { ...process.env };
beforeAll(async () => {
  Object.assign(process.env, VARIABLES);
  await point.start({ edit: modelHere, config: await point.collector(receiver) });
}, 120_000);
afterAll(async () => {
  await point.stop();
  receiver.stop();
  for (const name of Object.keys(VARIABLES)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});
beforeEach(() => {
  receiver.spans.length = 0;
});

type Respond = (typeof tickets)['respond'];

const metrics = (): Promise<string> =>
  new Promise((done, failed) => {
    request({ port: point.configured?.listen.metrics, path: '/metrics', host: '127.0.0.1' }, (response) => {
      let page = '';
      response.on('data', (chunk) => {
        page += String(chunk);
      });
      response.on('end', () => done(page));
    })
      .on('error', failed)
      .end();
  });
const counted = async (result: string): Promise<number> => {
  const line = new RegExp(`^firepit_telemetry_spans_total\\{result="${result}"\\} (\\d+)$`, 'm');
  return Number(line.exec(await metrics())?.[1] ?? 0);
};
const spans = async (many: number) => {
  await until(`${many} spans`, () => receiver.spans.length >= many, 60);
  return receiver.spans;
};
const json =
  (value: unknown): Respond =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
const answers = (): void => {
  tickets.respond = json({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'harmless-result' }] } });
  claude.respond = (asked, response) => {
    if (!asked.body.includes('"stream":true'))
      return json({
        type: 'message',
        model: 'claude-sonnet-4-5-20250929',
        content: [{ type: 'text', text: 'harmless-answer' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 11, output_tokens: 5 },
      })(asked, response);
    response.setHeader('content-type', 'text/event-stream');
    response.end(anthropicTurn({ texts: [['harmless-', 'answer']] }));
  };
};

test('a question, a chat, a streamed chat, a tool call and a denial: exactly these spans', async () => {
  answers();
  let run = {};
  triage.respond = (asked, response) => {
    run = { 'x-firepit-run': String(asked.headers['x-firepit-run']), ...TRACEPARENT };
    response.end('done');
  };
  expect((await point.front('/agents/triage/ask', { q: 'harmless-question' })).status).toBe(200);
  expect((await point.back(MODEL, INFER, run)).status).toBe(200);
  expect((await point.back(MODEL, { ...INFER, stream: true }, run)).status).toBe(200);
  expect((await point.back(MCP, call('search', { text: 'harmless-question' }), run)).status).toBe(200);
  expect((await point.back(MCP, call('purge'), run)).body).toContain('not-permitted');
  const { decisions } = point.memory;
  const seen = await spans(5);
  const of = (at: number) => {
    const id = decisions[at]?.id;
    const { attributes, resource, trace, milliseconds, span, ...rest } = seen.find(
      (one) => one.attributes['firepit.decision.id'] === id,
    ) as (typeof seen)[number];
    const judged = Object.entries(attributes).filter(
      ([key]) => !['firepit.decision.id', 'firepit.decision.duration_us', 'firepit.decision.because'].includes(key),
    );
    return { ...rest, attributes: Object.fromEntries(judged) };
  };
  const conversation = decisions[0]?.run;
  const root = seen.find(({ name }) => name === 'invoke_agent triage');
  const policies = point.configured?.policies.digest;
  const common = {
    'gen_ai.agent.name': 'triage',
    'gen_ai.conversation.id': conversation,
    'firepit.policy.digest': policies,
  };
  const allowed = { ...common, 'firepit.decision.effect': 'allow', 'http.response.status_code': 200 };
  const inRun = { kind: 3, parent: root?.span, links: [CLAIMED], status: { code: 0, message: '' } };
  const chat = {
    ...allowed,
    'firepit.door': 'back',
    'firepit.call': 'infer:claude/claude-sonnet-4-5',
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.response.finish_reasons': ['end_turn'],
  };
  expect(seen).toHaveLength(5);
  expect(of(0)).toEqual({
    name: 'invoke_agent triage',
    kind: 3,
    parent: '',
    links: [],
    status: { code: 0, message: '' },
    attributes: {
      ...allowed,
      'firepit.door': 'front',
      'firepit.call': 'ask:triage',
      'gen_ai.operation.name': 'invoke_agent',
    },
  });
  expect(of(1)).toEqual({
    ...inRun,
    name: 'chat claude-sonnet-4-5',
    attributes: {
      ...chat,
      'gen_ai.response.model': 'claude-sonnet-4-5-20250929',
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 5,
    },
  });
  expect(of(2)).toEqual({
    ...inRun,
    name: 'chat claude-sonnet-4-5',
    attributes: {
      ...chat,
      'gen_ai.response.model': '_OTHER',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 9,
    },
  });
  const tool = { 'firepit.door': 'back', 'gen_ai.operation.name': 'execute_tool', 'mcp.method.name': 'tools/call' };
  expect(of(3)).toEqual({
    ...inRun,
    name: 'execute_tool search',
    attributes: {
      ...allowed,
      ...tool,
      'firepit.call': 'tickets.search',
      'firepit.call.effect': 'read',
      'firepit.call.reach': 'internal',
      'firepit.decision.facts': ['unexplained'],
      'gen_ai.tool.name': 'search',
    },
  });
  expect(of(4)).toMatchObject({
    ...inRun,
    name: 'execute_tool purge',
    status: { code: 2, message: 'not-permitted' },
    attributes: {
      ...common,
      ...tool,
      'firepit.decision.effect': 'deny',
      'firepit.decision.code': 'not-permitted',
      'error.type': 'not-permitted',
    },
  });
  expect(new Set(seen.map(({ trace }) => `run-${trace}`))).toEqual(new Set([conversation]));
  expect(new Set(seen.map(({ span }) => span)).size).toBe(5);
  for (const { resource, milliseconds } of seen) {
    expect(milliseconds).toBeGreaterThan(0);
    expect(resource).toEqual({
      'service.name': 'firepit-governor',
      'service.instance.id': expect.any(String),
      'deployment.environment.name': 'desk',
    });
  }
  // Nothing that was said, no person, no handle.
  const all = Buffer.concat(receiver.bytes).toString('latin1');
  for (const word of ['harmless', 'ada', Object.values(run)[0], 'stranger', 'stolen']) expect(all).not.toContain(word);
}, 120_000);

test('whatever becomes of the collector, calls pass as before, and what was lost is counted', async () => {
  answers();
  const passes = async (): Promise<void> =>
    expect((await point.back(MCP, call('search', { text: 'a' }))).status).toBe(200);
  const lost = async (what: string, result: string): Promise<void> => {
    const had = await counted(result);
    await passes();
    await until(what, async () => (await counted(result)) > had, 60);
  };
  for (const [manner, result] of [
    ['fails', 'failed'],
    ['answers garbage', 'failed'],
    ['refuses', 'refused'],
    ['is silent', 'failed'],
  ] as [Manner, string][]) {
    receiver.manner = manner;
    await lost(`a collector that ${manner}`, result);
  }
  const { port = 0 } = point.configured?.telemetry.endpoint ?? {};
  receiver.stop();
  await lost('no collector', 'failed');
  receiver.manner = 'takes';
  await receiver.start(point.world.pki.leaf('localhost'), port);
  await until(
    'it is told again',
    async () => {
      await passes();
      return receiver.spans.length > 0;
    },
    120,
  );
  const told = point.lines.map((line) => JSON.parse(line).event).filter((event) => event.startsWith('telemetry'));
  expect(exposed(await metrics())).toEqual([...EXPOSED.governor].sort());
  expect(told).toEqual(['telemetry not exported', 'telemetry exported again']);
}, 300_000);

test('only who shows a certificate of the authority, for the name that is configured, is told', async () => {
  const ca = join(point.world.root, 'collector.crt');
  const span = new Spans(point.configured as GovernorConfig, 'here').of(decision());
  const telling = async (to: number): Promise<string> => {
    let became = '';
    const note = (what: string) => (_spans: number, why?: string) => {
      became = why ?? what;
    };
    const delivery = { taken: note('taken'), refused: note('refused'), failed: note('failed') };
    const collector = new Collector({ endpoint: { host: 'localhost', port: to }, ca }, delivery);
    await new Promise((done) => collector.export([span], done));
    await collector.shutdown();
    return became;
  };
  const { pki, root } = point.world;
  const asked = async (leaf: Leaf): Promise<readonly [became: string, spans: number]> => {
    const server = new Receiver();
    const became = await telling(await server.start(leaf));
    server.stop();
    return [became, server.spans.length];
  };
  expect(await asked(pki.leaf('localhost'))).toEqual(['taken', 1]);
  expect(await asked(pki.leaf('collector.example.com'))).toEqual(['UNAVAILABLE', 0]);
  expect(await asked(new Pki(join(root, 'stranger')).leaf('localhost'))).toEqual(['UNAVAILABLE', 0]);
  let reached = 0;
  const noise = createServer((socket) => {
    reached++;
    socket
      .on('error', () => undefined)
      .resume()
      .end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  await new Promise<void>((done) => noise.listen(0, 'localhost', done));
  expect(await telling((noise.address() as AddressInfo).port)).toBe('UNAVAILABLE');
  expect(reached).toBeGreaterThan(0);
  await new Promise((done) => noise.close(done));
}, 60_000);

test('with content on: what was said is there, and the secrets in it are not', async () => {
  const told = new Receiver();
  const talking = new ControlPoint();
  const named = await talking.collector(told, true);
  const models = { claude: { protocol: 'openai' as const, names: ['claude-sonnet-4-5'] } };
  const path = '/v1/chat/completions';
  try {
    await talking.start({
      edit: (text) => modelHere(text, path),
      config: (config) => named({ ...config, models }),
    });
    const { claude: model, tickets: tool } = talking.world.upstreams;
    model.respond = (asked, response) => {
      if (!asked.body.includes('"stream":true'))
        return json({ choices: [{ message: { content: `whole-answer ${TOKEN}` }, finish_reason: 'stop' }] })(
          asked,
          response,
        );
      response.setHeader('content-type', 'text/event-stream');
      response.end(openaiTurn({ texts: [['streamed-answer ', TOKEN.slice(0, 20), TOKEN.slice(20), ' end']] }));
    };
    tool.respond = json({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: `the-result ${TOKEN}` }] },
    });
    const infer = (content: string, more: object = {}) => ({
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content }],
      ...more,
    });
    expect((await talking.back(`/models/claude${path}`, infer('whole-question'))).status).toBe(200);
    expect((await talking.back(`/models/claude${path}`, infer('streamed-question', { stream: true }))).status).toBe(
      200,
    );
    expect((await talking.back(MCP, call('search', { text: 'the-question' }))).status).toBe(200);
    expect((await talking.back(`/models/claude${path}`, infer(`blocked-question ${TOKEN}`))).status).toBe(403);
    expect((await talking.back(MCP, call('purge', { text: 'denied-question' }))).body).toContain('invalid-argument');
    await until('every span', () => told.spans.length === 5, 60);
    const [whole, streamed, used] = talking.memory.decisions.map(
      ({ id }) => told.spans.find(({ attributes }) => attributes['firepit.decision.id'] === id)?.attributes,
    );
    const message = (role: string, content: string) => ({ role, parts: [{ type: 'text', content }] });
    const asked = (content: string) => JSON.stringify([message('user', content)]);
    const answered = (content: string) => JSON.stringify([{ ...message('assistant', content), finish_reason: 'stop' }]);
    expect(whole).toMatchObject({
      'gen_ai.input.messages': asked('whole-question'),
      'gen_ai.output.messages': answered('whole-answer [removed]'),
    });
    expect(streamed).toMatchObject({
      'gen_ai.input.messages': asked('streamed-question'),
      'gen_ai.output.messages': answered('streamed-answer [removed] end'),
    });
    expect(used).toMatchObject({
      'gen_ai.tool.call.arguments': '{"text":"the-question"}',
      'gen_ai.tool.call.result': '{"content":[{"type":"text","text":"the-result [removed]"}]}',
    });
    const all = Buffer.concat(told.bytes).toString('latin1');
    for (const word of [TOKEN, 'blocked-question', 'denied-question']) expect(all).not.toContain(word);
  } finally {
    await talking.stop();
    told.stop();
  }
}, 120_000);
