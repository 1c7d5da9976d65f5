import { setTimeout as later } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { anthropicTurn, readBy, TOKEN } from '../../services/governor/support/streams';
import { type Answer, sendMany, sendRaw, until } from '../envoy/run';
import { GATEWAY } from '../envoy/world';
import { ControlPoint, modelHere } from './control-point';

const point = new ControlPoint();
beforeAll(() => point.start({ edit: modelHere }), 120_000);
afterAll(() => point.stop());
const { tickets, triage, claude } = point.world.upstreams;
const json = (value: unknown, upstream = tickets): void => {
  upstream.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
};
/** Sends pieces one after the other, the next when the test says so or at once. */
const events = (pieces: readonly string[], next: () => Promise<unknown> = () => later(5)) => {
  claude.respond = async (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    for (const piece of pieces) {
      if (response.destroyed) return;
      response.write(piece);
      await next();
    }
    response.end();
  };
};
const result = (text: string) => ({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } });
const INFER = { model: 'claude-sonnet-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
const MODEL = '/models/claude/v1/messages';
const codeOf = ({ body }: Answer): unknown => {
  const { error, code } = JSON.parse(body);
  return error?.data?.code ?? error?.code ?? /\(([a-z-]+), decision /.exec(error?.message ?? '')?.[1] ?? code;
};

beforeEach(() => {
  for (const upstream of Object.values(point.world.upstreams)) upstream.received.length = 0;
  point.memory.decisions.length = 0;
  point.memory.outcomes.length = 0;
  json(result('three tickets'));
});

describe('MCP', () => {
  test('an allowed call passes, on record before it moves', async () => {
    let onRecord = 0;
    tickets.respond = (_request, response) => {
      onRecord = point.memory.decisions.length;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(result('three')));
    };
    const answer = await point.back(MCP, call('search', { text: 'a' }));
    expect([answer.status, readBy(`data: ${answer.body}`), onRecord]).toEqual([200, 'three', 1]);
    expect(tickets.received[0]?.headers['x-firepit-token']).toBeUndefined();
    expect(point.memory.outcomes).toMatchObject([{ phase: 'response', status: 200 }]);
  });

  test.each<[string, unknown, number, string]>([
    ['an operation that was not granted', call('purge'), 200, 'not-permitted'],
    ['an undeclared argument', call('reply', { ticket: 'T-1', body: 'a', cc: 'b' }), 200, 'invalid-argument'],
    ['what people decide', call('close', { ticket: 'T-1' }), 200, 'needs-approval'],
    ['a key twice', '{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"ping"}', 400, 'malformed-json'],
    ['a credential', call('search', { text: TOKEN }), 200, 'guard-blocked'],
  ])('denied: %s', async (_what, body, status, code) => {
    const answer = await point.back(MCP, body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(tickets.received).toEqual([]);
    expect(point.memory.decisions).toHaveLength(1);
  });

  test('without a token, with that of another agent, or a handle of nobody: denied', async () => {
    const stolen = {
      'x-firepit-token': await point.signed({ sub: 'system:serviceaccount:desk:clerk', aud: 'firepit-desk' }),
    };
    expect((await point.back(MCP, call('search'), { 'x-firepit-token': '' })).status).toBe(401);
    expect((await point.back(MCP, call('search'), stolen)).status).toBe(401);
    expect(codeOf(await point.back(MCP, call('search'), { 'x-firepit-run': 'A'.repeat(43) }))).toBe('run-unknown');
    expect(tickets.received).toEqual([]);
  });

  test('a result is cleaned, and its length is that of what is left', async () => {
    json(result(`the key is ${TOKEN}, keep it`));
    const answer = await point.back(MCP, call('search'));
    expect([answer.status, readBy(`data: ${answer.body}`)]).toEqual([200, 'the key is [removed], keep it']);
    expect([undefined, String(answer.body.length)]).toContain(answer.headers['content-length']);
  });

  test('a result that cannot be read is withheld', async () => {
    tickets.respond = (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"jsonrpc":"2.0","id":1,"id":2,"result":{}}');
    };
    const answer = await point.back(MCP, call('search'));
    expect([answer.status, codeOf(answer)]).toEqual([502, 'malformed-answer']);
  });

  test('an upstream that fails, or is not there, is an outcome', async () => {
    tickets.respond = (_request, response) => {
      response.statusCode = 503;
      response.end();
    };
    expect((await point.back(MCP, call('search'))).status).toBe(503);
    expect(point.memory.outcomes).toMatchObject([{ phase: 'error', status: 503 }]);
    expect((await point.back('/tools/crm/v1/customers/C-1')).status).toBe(403);
    expect(point.memory.outcomes).toHaveLength(2);
  });

  test('its event stream', async () => {
    tickets.respond = (_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
      for (const message of [progress, result(`it is ${TOKEN}`)])
        response.write(`data: ${JSON.stringify(message)}\n\n`);
      response.end();
    };
    const answer = await point.back(MCP, call('search'));
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('notifications/progress');
    expect(readBy(answer.body)).toBe('it is [removed]');
    expect(point.memory.outcomes).toMatchObject([{ phase: 'response', guard: ['removed.toolResult'] }]);
  });

  test('a body that comes slowly is judged when it is whole', async () => {
    const body = JSON.stringify(call('search', { text: 'slowly' }));
    const head = `POST ${MCP} HTTP/1.1`;
    // The back speaks HTTP/2 alone, so the front is asked like this; there it is a request to an agent.
    const front = await sendRaw(
      { port: point.world.frontPort, servername: GATEWAY, ca: point.world.pki.ca },
      `${head.replace(MCP, '/agents/triage/ask')}\r\nhost: support-desk.example.com\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
    );
    expect(front).toBe('');
    expect(triage.received).toEqual([]);
    await until('the half request is forgotten', () => point.memory.decisions.length === 0);
  });

  test('too large a body is refused before it is judged', async () => {
    const answer = await point.back(MCP, Buffer.alloc(3 * 1024 * 1024, 'a'));
    expect(answer.status).toBe(413);
    expect(tickets.received).toEqual([]);
  });
});

describe('the front', () => {
  test('opens a run whose handle the agent gets, and only who may ask', async () => {
    json({ answer: 'hello' }, triage);
    expect((await point.front('/agents/triage/ask', { q: 'hi' })).status).toBe(200);
    const handle = String(triage.received[0]?.headers['x-firepit-run']);
    expect(handle).toMatch(/^[\w-]{43}$/);
    expect(triage.received[0]?.headers.authorization).toBeUndefined();
    const called = await point.back(MCP, call('search'), { 'x-firepit-run': handle });
    expect(called.status).toBe(200);
    expect(point.memory.decisions.at(-1)).toMatchObject({ user: { subject: 'ada' }, action: 'tickets.search' });
    const stranger = await point.front('/agents/triage/ask', { q: 'hi' }, []);
    expect([stranger.status, codeOf(stranger)]).toEqual([403, 'not-permitted']);
    expect(triage.received).toHaveLength(1);
  });

  test('a paused run holds its call until it goes on, and a stopped one ends it', async () => {
    json({ answer: 'hello' }, triage);
    await point.front('/agents/triage/ask', { q: 'hi' });
    const handle = String(triage.received[0]?.headers['x-firepit-run']);
    const [run = ''] = [...point.memory.runs.keys()].slice(-1);
    for (const [state, code] of [
      ['open', undefined],
      ['stopped', 'run-stopped'],
    ] as const) {
      point.memory.turn(run, 'paused');
      const held = point.back(MCP, call('search'), { 'x-firepit-run': handle });
      await until('it is held', () => point.memory.watched === 1);
      point.memory.turn(run, state);
      const answer = await held;
      expect([answer.status, code === undefined ? undefined : codeOf(answer)]).toEqual([200, code]);
    }
    expect(tickets.received).toHaveLength(1);
  });
});

describe('the Anthropic API', () => {
  test('in one piece: allowed, and a model off the list', async () => {
    json(
      {
        type: 'message',
        model: 'm',
        content: [{ type: 'text', text: 'hello' }],
        usage: { input_tokens: 3, output_tokens: 4 },
      },
      claude,
    );
    expect((await point.back(MODEL, INFER)).status).toBe(200);
    expect(claude.received[0]?.headers['x-api-key']).toBe('claude-key');
    const denied = await point.back(MODEL, { ...INFER, model: 'claude-opus-4-1' });
    expect([denied.status, codeOf(denied)]).toEqual([403, 'not-permitted']);
    expect(claude.received).toHaveLength(1);
  });

  test('in events: each passes when it comes', async () => {
    const turn = anthropicTurn({ texts: [['one ', 'two ', 'three.']] }).split(/(?<=\n\n)/);
    events(turn, () => later(60));
    const answer = await point.back(MODEL, { ...INFER, stream: true });
    expect([answer.status, readBy(answer.body)]).toEqual([200, 'one two three.']);
    expect(answer.pieces.length).toBeGreaterThan(3);
    await until('its outcome is on record', () => point.memory.outcomes.length > 0);
    expect(point.memory.outcomes).toMatchObject([{ phase: 'response', usage: { input: 7, output: 9 } }]);
  });

  test('a tool use is a claim on record before it arrives, and explains the call', async () => {
    events([anthropicTurn({ tools: [{ name: 'search', json: ['{"text":', '"x"}'] }] })]);
    const answer = await point.back(MODEL, { ...INFER, stream: true });
    expect(answer.body).toContain('tool_use');
    expect(point.memory.outcomes[0]?.claims).toHaveLength(1);
    await point.back(MCP, call('search', { text: 'x' }));
    expect(point.memory.decisions.at(-1)?.claim?.name).toBe('search');
  });

  test('a secret in pieces is removed; what is malformed ends the stream', async () => {
    events(anthropicTurn({ texts: [['key ', TOKEN.slice(0, 20), TOKEN.slice(20), ' end']] }).split(/(?<=\n\n)/));
    expect(readBy((await point.back(MODEL, { ...INFER, stream: true })).body)).toBe('key [removed] end');
    events([
      ...anthropicTurn({ texts: [['one ']] })
        .split(/(?<=\n\n)/)
        .slice(0, 3),
      'data: {"a":1,"a":2}\n\n',
      'data: [DONE]\n\n',
    ]);
    const cut = await point.back(MODEL, { ...INFER, stream: true });
    expect(cut.body).not.toContain('"a"');
    expect(cut.body).not.toContain('DONE');
    expect(point.memory.outcomes.at(-1)).toMatchObject({ phase: 'error', withheld: true, code: 'malformed-answer' });
  });

  test('a stopped run ends its stream at once', async () => {
    json({ answer: 'hello' }, triage);
    await point.front('/agents/triage/ask', { q: 'hi' });
    const headers = { 'x-firepit-run': String(triage.received[0]?.headers['x-firepit-run']) };
    const [run = ''] = [...point.memory.runs.keys()].slice(-1);
    const turn = anthropicTurn({ texts: [['one ', 'two ']] }).split(/(?<=\n\n)/);
    let sent = 0;
    events(turn, async () => {
      if (++sent !== 3) return;
      await until('it streams', () => point.memory.watched === 1);
      point.memory.turn(run, 'stopped');
      await until('it has ended', () => point.memory.watched === 0);
    });
    const answer = await point.back(MODEL, { ...INFER, stream: true }, headers);
    expect(answer.body).not.toContain('message_stop');
    expect(point.memory.outcomes.at(-1)).toMatchObject({ withheld: true, code: 'run-stopped' });
  });

  test('a caller who leaves in the middle is on record', async () => {
    events(anthropicTurn({ texts: [['one ', 'two ']] }).split(/(?<=\n\n)/), () => later(200));
    const asked = point.back(MODEL, { ...INFER, stream: true });
    await until('it streams', () => claude.received.length > 0);
    claude.close();
    await asked;
    await until('the end is on record', () => point.memory.outcomes.length === 1);
    expect(point.memory.outcomes).toMatchObject([{ phase: 'error' }]);
    await claude.listen().catch(() => undefined);
  });
});

test('1,500 requests over one connection, and none has a wrong status', async () => {
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  expect(await sendMany(point.world.ask(MCP, point.asks(MCP, ping)), 1500)).toEqual({ 200: 1500 });
  expect(point.memory.decisions).toHaveLength(1500);
  // The outcome of a ping follows its answer.
  await until('every outcome is on record', () => point.memory.outcomes.length >= 1500, 60);
  expect(point.memory.outcomes).toHaveLength(1500);
  expect(tickets.received).toHaveLength(1500);
}, 240_000);
