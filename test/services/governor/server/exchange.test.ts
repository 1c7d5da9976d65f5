import type { Parts } from '../../../../services/governor/decide';
import { Governor } from '../../../../services/governor/decide';
import { Guard } from '../../../../services/governor/guard/guard';
import { Runs } from '../../../../services/governor/identify/runs';
import { Inspector } from '../../../../services/governor/inspect';
import { Exchange } from '../../../../services/governor/server/exchange';
import { KINDS, type Kind, type Message, type Reply } from '../../../../services/governor/server/messages';
import { OutOfOrder } from '../../../../services/governor/server/order';
import { Shares } from '../../../../services/governor/server/shares';
import fc from '../../../support/property';
import { environment } from '../support/environment';
import { call, MCP } from '../support/requests';
import { MemoryStore } from '../support/store';
import { anthropicTurn, TOKEN } from '../support/streams';

const configuration = environment();
const { config } = configuration;
const guard = new Guard(config.guard);
const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };

type Said = readonly [kind: Kind, reply: Reply['kind'], more?: unknown];

/** One governor with everything in memory, and exchanges of it. */
const world = (limits: Partial<typeof config.limits> = {}, deadlineSeconds = 900) => {
  const memory = new MemoryStore();
  const clock = Date.now;
  const parts: Parts = {
    agents: { identify: async () => 'triage' },
    users: { identify: async () => ADA },
    runs: new Runs(memory, 3_600_000),
    history: memory,
    recorder: memory,
    clock,
    guard,
    turned: memory.opened().runs,
  };
  const governor = new Governor(configuration, parts);
  const asked = {
    ...config,
    limits: { ...config.limits, ...limits },
    approvals: { ...config.approvals, deadlineSeconds },
  };
  const inspector = new Inspector(asked, guard, memory, clock);
  const shares = new Shares(asked);
  const open = (
    door: 'front' | 'back' = 'back',
    request: Governor['request'] = (...asks) => governor.request(...asks),
  ) => {
    const said: Said[] = [];
    const replies: Reply[] = [];
    const failed: string[] = [];
    const judges = { request, turnAway: governor.turnAway.bind(governor) };
    const runs = memory.opened().runs;
    const exchange = new Exchange(
      door,
      { config: asked, governor: judges, shares, inspector, guard, recorder: memory, clock, runs },
      {
        reply: (kind, reply) => {
          replies.push(reply);
          said.push([kind, reply.kind]);
        },
        fail: (why) => void failed.push(why),
      },
    );
    return { exchange, said, replies, failed, last: () => replies.at(-1) };
  };
  return { memory, governor, open };
};

const message = (kind: Kind, props: Partial<Message> = {}): Message => ({
  kind,
  headers: [],
  body: Buffer.alloc(0),
  end: true,
  ...props,
});
const head = (path: string, method = 'POST', more: readonly (readonly [string, string])[] = []): Message =>
  message('requestHeaders', {
    headers: [[':method', method], [':path', path], ['content-type', 'application/json'], ...more],
    end: method === 'GET',
  });
const body = (value: unknown): Message => message('requestBody', { body: Buffer.from(JSON.stringify(value)) });
const answerHead = (type = 'application/json', end = false): Message =>
  message('responseHeaders', {
    headers: [
      [':status', '200'],
      ['content-type', type],
    ],
    end,
  });
const answerBody = (text: string, end = true): Message => message('responseBody', { body: Buffer.from(text), end });
const RESULT = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [] } });
const SEARCH = [head(MCP, 'POST'), body(call('search'))].map((m, i) => (i === 0 ? { ...m, end: false } : m));
const INFER = { model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] };

const takeAll = async (exchange: Exchange, messages: readonly Message[]): Promise<void> => {
  for (const each of messages) await exchange.take(each);
};

test('a call and its answer, part by part', async () => {
  const { memory, open } = world();
  const { exchange, said } = open();
  await takeAll(exchange, [...SEARCH, answerHead(), answerBody(RESULT)]);
  expect(said).toEqual([
    ['requestHeaders', 'continue'],
    ['requestBody', 'continue'],
    ['responseHeaders', 'continue'],
    ['responseBody', 'body'],
  ]);
  expect(exchange.over).toBe(true);
  expect(memory.decisions).toMatchObject([{ effect: 'allow' }]);
  expect(memory.outcomes).toMatchObject([{ phase: 'response' }]);
});

test('who asks is told the run, by which it can be stopped; the agent says nothing else about it', async () => {
  const { memory, open } = world();
  const asks = [head('/agents/triage/ask'), body({ q: 'hi' })];
  const { exchange, replies } = open('front');
  await takeAll(exchange, [...asks, answerHead(), answerBody('{}')]);
  const [id = ''] = memory.runs.keys();
  expect(replies.at(-2)).toMatchObject({ kind: 'continue', set: { 'x-firepit-run-id': id } });
  const short = open('front');
  await takeAll(short.exchange, [...asks, answerHead('application/json', true)]);
  expect(short.replies.at(-1)).toMatchObject({ set: { 'x-firepit-run-id': [...memory.runs.keys()].at(-1) } });
  const back = open('back');
  await takeAll(back.exchange, [...SEARCH, answerHead(), answerBody(RESULT)]);
  expect(back.replies.at(-2)).toEqual({ kind: 'continue', set: {}, remove: [] });
  const stop = open('front');
  await takeAll(stop.exchange, [head(`/runs/${id}/stop`), body({ reason: 'enough' })]);
  expect(stop.replies.at(-1)).toMatchObject({ kind: 'immediate', status: 200 });
  expect(stop.exchange.over).toBe(true);
  expect(memory.runs.get(id)).toMatchObject({ state: 'stopped' });
});

test('a request without a body is judged at its headers', async () => {
  const { memory, open } = world();
  const { exchange, said } = open();
  await exchange.take(head('/tools/crm/v1/customers/C-1', 'GET'));
  expect(memory.decisions).toMatchObject([{ effect: 'allow', action: 'crm.customer' }]);
  expect(said).toEqual([['requestHeaders', 'continue']]);
  const denied = open();
  await denied.exchange.take(head('/tools/purse/1', 'GET'));
  expect(denied.last()).toMatchObject({ kind: 'immediate', status: 404 });
  expect(denied.exchange.over).toBe(true);
});

test('a denial is answered in its protocol, and nothing is taken after it', async () => {
  const { memory, open } = world();
  const { exchange, last } = open();
  await takeAll(exchange, [SEARCH[0] as Message, body(call('purge'))]);
  const reply = last();
  expect(reply).toMatchObject({ kind: 'immediate', status: 200 });
  expect(JSON.parse((reply as { body: string }).body)).toMatchObject({
    id: 1,
    error: { data: { code: 'not-permitted' } },
  });
  // What Envoy had sent before it heard of it is no fault, and nothing comes of it.
  await takeAll(exchange, [body(call('search')), answerHead()]);
  expect(last()).toBe(reply);
  expect(memory.decisions).toMatchObject([{ effect: 'deny' }]);
});

test('nothing is said of a request before all of it was judged', async () => {
  const { memory, open } = world();
  const { exchange, said } = open();
  const text = JSON.stringify(call('search'));
  await exchange.take(SEARCH[0] as Message);
  for (let at = 0; at < text.length; at += 7) {
    const piece = Buffer.from(text.slice(at, at + 7));
    await exchange.take(message('requestBody', { body: piece, end: false }));
    expect(exchange.held).toBe(Math.min(at + 7, text.length));
  }
  expect([said, memory.decisions]).toEqual([[], []]);
  await exchange.take(message('requestBody'));
  expect(memory.decisions).toMatchObject([{ effect: 'allow', action: 'tickets.search' }]);
  // Envoy holds the pieces: each of them has its word.
  const pieces = Math.ceil(text.length / 7) + 1;
  expect(said).toEqual([
    ['requestHeaders', 'continue'],
    ...Array.from({ length: pieces }, () => ['requestBody', 'continue']),
  ]);
  expect(exchange.held).toBe(0);
});

test('likewise of an answer', async () => {
  const { memory, open } = world();
  const { exchange, replies } = open();
  await takeAll(exchange, [...SEARCH, answerHead(), answerBody(RESULT.slice(0, 9), false)]);
  expect(replies).toHaveLength(2);
  await exchange.take(answerBody(RESULT.slice(9)));
  // Nothing but what was judged goes on.
  expect(replies.slice(2)).toEqual([
    { kind: 'continue', set: {}, remove: [] },
    { kind: 'body', body: Buffer.from(RESULT), end: true },
  ]);
  expect(memory.outcomes).toHaveLength(1);
});

test('a body that grows beyond what is judged whole is refused where it does, and an answer withheld', async () => {
  const { memory, open } = world({ bodyBytes: 1_000 });
  const half = (kind: Kind): Message => message(kind, { body: Buffer.alloc(600, ' '), end: false });
  const asked = open();
  await takeAll(asked.exchange, [SEARCH[0] as Message, half('requestBody'), half('requestBody')]);
  expect(asked.last()).toMatchObject({ kind: 'immediate', status: 413 });
  expect(memory.decisions).toMatchObject([{ effect: 'deny', code: 'body-too-large' }]);
  const answered = open();
  await takeAll(answered.exchange, [...SEARCH, answerHead(), half('responseBody'), half('responseBody')]);
  expect(answered.last()).toMatchObject({ kind: 'immediate', status: 502 });
  expect(memory.outcomes).toMatchObject([{ phase: 'error', withheld: true, code: 'malformed-answer' }]);
  expect([asked.exchange.held, answered.exchange.held]).toEqual([0, 0]);
});

test('a body that comes in more pieces than each can have its word is refused, and an answer has no such limit', async () => {
  const { memory, open } = world();
  const rest = JSON.stringify(call('search'));
  const spaces = (kind: Kind, count: number): Message[] =>
    Array.from({ length: count }, () => message(kind, { body: Buffer.from(' '), end: false }));
  const asked = open();
  await takeAll(asked.exchange, [SEARCH[0] as Message, ...spaces('requestBody', 4_096)]);
  expect(asked.said).toEqual([]);
  await asked.exchange.take(message('requestBody', { body: Buffer.from(rest) }));
  expect(asked.last()).toMatchObject({ kind: 'immediate', status: 400 });
  expect(asked.said).toHaveLength(1);
  expect(memory.decisions).toMatchObject([{ effect: 'deny', code: 'malformed-message' }]);
  const most = open();
  await takeAll(most.exchange, [SEARCH[0] as Message, ...spaces('requestBody', 4_095)]);
  await most.exchange.take(message('requestBody', { body: Buffer.from(rest) }));
  expect(most.said).toHaveLength(4_097);
  await takeAll(most.exchange, [answerHead(), ...spaces('responseBody', 5_000), answerBody(RESULT)]);
  expect(most.last()).toEqual({ kind: 'body', body: Buffer.from(' '.repeat(5_000) + RESULT), end: true });
});

test('a run is opened at the front, and its handle is all that is set', async () => {
  const { open, memory } = world();
  const { exchange, replies } = open('front');
  await takeAll(exchange, [{ ...head('/agents/triage/ask'), end: false }, body({ q: 'hi' })]);
  expect(replies).toMatchObject([
    { kind: 'continue', set: { 'x-firepit-run': expect.stringMatching(/^[\w-]{43}$/) } },
    { kind: 'continue' },
  ]);
  expect(memory.runs.size).toBe(1);
});

test('a body that does not come to its end is refused, and so are trailers, of which Envoy tells nothing before', async () => {
  jest.useFakeTimers();
  try {
    const { memory, open } = world();
    const { exchange, replies } = open();
    await takeAll(exchange, [SEARCH[0] as Message, { ...body(call('search')), end: false }]);
    await jest.advanceTimersByTimeAsync(7_999);
    expect(replies).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(replies).toMatchObject([{ kind: 'immediate', status: 400 }]);
    expect(memory.decisions).toMatchObject([{ effect: 'deny', code: 'malformed-message' }]);
    const slow = open();
    await slow.exchange.take(SEARCH[0] as Message);
    await jest.advanceTimersByTimeAsync(7_000);
    await slow.exchange.take({ ...body(call('search')), end: false });
    await jest.advanceTimersByTimeAsync(7_000);
    await slow.exchange.take(message('requestBody'));
    expect(slow.last()).toEqual({ kind: 'continue' });
    const left = open();
    await left.exchange.take(SEARCH[0] as Message);
    await left.exchange.end();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([left.replies, memory.decisions.length]).toEqual([[], 2]);
  } finally {
    jest.useRealTimers();
  }
});

test('a piece that comes while such a refusal is recorded changes nothing', async () => {
  jest.useFakeTimers();
  try {
    const { memory, open } = world();
    const { exchange, replies } = open();
    await exchange.take(SEARCH[0] as Message);
    jest.advanceTimersByTime(8_000);
    await exchange.take(SEARCH[1] as Message);
    await jest.advanceTimersByTimeAsync(0);
    expect(replies).toMatchObject([{ kind: 'immediate', status: 400 }]);
    expect(memory.decisions).toMatchObject([{ effect: 'deny', code: 'malformed-message' }]);
  } finally {
    jest.useRealTimers();
  }
});

test('trailers of an answer are taken away', async () => {
  const { open } = world();
  const answered = open();
  const trailers = message('responseTrailers', { headers: [['x-more', TOKEN]] });
  await takeAll(answered.exchange, [...SEARCH, answerHead(), answerBody(RESULT, false), trailers]);
  expect(answered.replies.slice(-2)).toEqual([
    { kind: 'body', body: Buffer.from(RESULT), end: false },
    { kind: 'continue', remove: ['x-more'] },
  ]);
});

test('an answer that was cleaned says nothing of the bytes that it had; one that may not pass is withheld', async () => {
  const { open } = world();
  const cleaned = open();
  const dirty = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: TOKEN }] } };
  await takeAll(cleaned.exchange, [...SEARCH, answerHead(), answerBody(JSON.stringify(dirty))]);
  const [headers, { body: clean }] = cleaned.replies.slice(-2) as [Reply, Extract<Reply, { kind: 'body' }>];
  expect(clean.toString()).toContain('[removed]');
  expect(clean.toString()).not.toContain(TOKEN);
  expect(headers).toMatchObject({ kind: 'continue', remove: expect.arrayContaining(['content-encoding']) });
  const bad = open();
  await takeAll(bad.exchange, [...SEARCH, answerHead(), answerBody('{"a":1,"a":2}')]);
  expect(bad.last()).toMatchObject({ kind: 'immediate', status: 502 });
});

describe('a stream', () => {
  const stream = [{ ...head('/models/claude/v1/messages'), end: false }, body(INFER), answerHead('text/event-stream')];
  const events = anthropicTurn({ texts: [['one ', 'two ']] }).split(/(?<=\n\n)/);

  test('passes piece by piece', async () => {
    const { memory, open } = world();
    const { exchange, replies } = open();
    await takeAll(exchange, stream);
    expect(replies.at(-1)).toMatchObject({ kind: 'continue', set: {} });
    for (const event of events) await exchange.take(answerBody(event, false));
    await exchange.take(answerBody('', true));
    expect(replies.at(-1)).toMatchObject({ kind: 'body', end: true });
    const passed = replies.slice(3).map((reply) => (reply as { body?: Buffer }).body?.toString() ?? '');
    expect(passed.join('')).toBe(events.join(''));
    expect(memory.outcomes).toMatchObject([{ phase: 'response' }]);
    expect(memory.watched).toBe(0);
  });

  test('that ends in trailers passes whole, without them', async () => {
    const { open } = world();
    const { exchange, replies } = open();
    const cut = events.at(-1)?.slice(0, -1) as string;
    await takeAll(exchange, [...stream, ...events.slice(0, -1).map((event) => answerBody(event, false))]);
    await exchange.take(answerBody(cut, false));
    await exchange.take(answerBody('\n', false));
    await exchange.take(message('responseTrailers', { headers: [['x-more', TOKEN]] }));
    const passed = replies.slice(3, -1).map((reply) => (reply as { body: Buffer }).body.toString());
    expect(passed.join('')).toBe(events.join(''));
    expect(replies.at(-1)).toEqual({ kind: 'continue', remove: ['x-more'] });
    expect(exchange.over).toBe(true);
  });

  test('that is malformed, or that nobody waits for, ends, and is on record once', async () => {
    const { memory, open } = world();
    const bad = open();
    await takeAll(bad.exchange, [...stream, answerBody(events[0] as string, false)]);
    await expect(bad.exchange.take(answerBody('data: {"type":"x"}\n\n', false))).rejects.toMatchObject({
      code: 'malformed-answer',
    });
    await bad.exchange.end();
    expect(memory.outcomes).toMatchObject([{ phase: 'error', withheld: true, code: 'malformed-answer' }]);
    const left = open();
    await takeAll(left.exchange, [...stream, answerBody(events[0] as string, false)]);
    await left.exchange.end();
    expect(memory.outcomes[1]).toMatchObject({ phase: 'error', withheld: true });
  });

  const inRun = async (deadline = 900) => {
    const { memory, open } = world({}, deadline);
    const asked = open('front');
    await takeAll(asked.exchange, [{ ...head('/agents/triage/ask'), end: false }, body({ q: 'hi' })]);
    const set = (asked.replies[0] as { set?: Record<string, string> }).set ?? {};
    const [run] = [...memory.runs.keys()];
    const exchanged = open();
    const withRun = head('/models/claude/v1/messages', 'POST', Object.entries(set));
    await takeAll(exchanged.exchange, [{ ...withRun, end: false }, ...stream.slice(1)]);
    return { memory, run: run ?? '', ...exchanged };
  };

  test.each(['stopped', 'unknown'] as const)('of a run that is %s ends at once', async (state) => {
    const { memory, run, exchange, failed } = await inRun();
    await exchange.take(answerBody(events[0] as string, false));
    memory.turn(run, state);
    await expect(exchange.take(answerBody(events[1] as string, false))).rejects.toThrow();
    expect(exchange.over).toBe(true);
    await Promise.resolve();
    expect(failed).toHaveLength(1);
    expect(memory.outcomes.at(-1)).toMatchObject({ withheld: true });
    expect(memory.watched).toBe(0);
  });

  test('of a paused run waits, and goes on or ends', async () => {
    const { memory, run, exchange, said } = await inRun();
    const watched = memory.watched;
    memory.turn(run, 'paused');
    const taken = exchange.take(answerBody(events[0] as string, false));
    while (memory.watched === watched) await new Promise(setImmediate);
    expect(said.at(-1)).toEqual(['responseHeaders', 'continue']);
    memory.turn(run, 'open');
    await taken;
    expect(said.at(-1)).toEqual(['responseBody', 'body']);
    const late = await inRun(0.01);
    late.memory.turn(late.run, 'paused');
    await expect(late.exchange.take(answerBody(events[0] as string, false))).rejects.toMatchObject({
      code: 'run-paused',
    });
  });
});

describe('a call of a paused run', () => {
  const paused = async (deadline = 900) => {
    const { memory, open } = world({}, deadline);
    const asked = open('front');
    await takeAll(asked.exchange, [{ ...head('/agents/triage/ask'), end: false }, body({ q: 'hi' })]);
    const set = Object.entries((asked.replies[0] as { set?: Record<string, string> }).set ?? {});
    const [run = ''] = [...memory.runs.keys()];
    memory.turn(run, 'paused');
    const held = open();
    await held.exchange.take({ ...head(MCP, 'POST', set), end: false });
    return { memory, run, ...held, judged: held.exchange.take(body(call('search'))) };
  };
  const waits = async (said: readonly Said[]): Promise<void> => {
    while (said.at(-1)?.[1] !== 'wait') await new Promise(setImmediate);
  };

  test('waits as long as Envoy was asked for, and goes on', async () => {
    const { memory, run, replies, said, judged } = await paused();
    await waits(said);
    expect(replies).toEqual([{ kind: 'wait', seconds: 920 }]);
    memory.turn(run, 'open');
    await judged;
    expect(replies.map(({ kind }) => kind)).toEqual(['wait', 'continue', 'continue']);
    expect(memory.watched).toBe(0);
  });

  test.each([
    ['stopped', 'run-stopped', 403],
    ['unknown', 'unavailable', 503],
  ] as const)('%s meanwhile: denied', async (state, _code, status) => {
    const { memory, run, replies, said, judged } = await paused();
    await waits(said);
    memory.turn(run, state);
    await judged;
    // MCP tells a refusal of a request as an answer to it.
    expect(replies.at(-1)).toMatchObject({ kind: 'immediate', status: status === 403 ? 200 : status });
    expect(memory.decisions.at(-1)).toMatchObject({ effect: 'deny' });
    expect(memory.watched).toBe(0);
  });

  test('is denied at the deadline, and let go when nobody waits', async () => {
    const late = await paused(0.01);
    await late.judged;
    expect(late.replies.at(-1)).toMatchObject({ kind: 'immediate' });
    expect(late.memory.decisions.at(-1)).toMatchObject({ effect: 'deny', code: 'run-paused' });
    const left = await paused();
    await waits(left.said);
    await left.exchange.end();
    await left.judged.catch(() => undefined);
    expect(left.replies.at(-1)?.kind).toBe('wait');
    expect(left.memory.watched).toBe(0);
  });
});

describe('what an agent has under way', () => {
  const one = [['x-forwarded-client-cert', `Hash=0;DNS=${config.agents.triage?.certificateName}`]] as const;
  const asks = { ...head(MCP, 'POST', one), end: false };

  test('the call that is too many is turned away before its body comes, and is on record; when one ends there is room', async () => {
    const { memory, open } = world({ agentCalls: 2 });
    const [first, second, third, fourth] = [open(), open(), open(), open()];
    await takeAll(first.exchange, [asks]);
    await takeAll(second.exchange, [asks, body(call('search'))]);
    await takeAll(third.exchange, [asks]);
    expect(first.replies).toEqual([]);
    expect(second.last()).toEqual({ kind: 'continue' });
    expect(third.last()).toMatchObject({ kind: 'immediate', status: 429, headers: { 'retry-after': '1' } });
    expect(third.exchange.over).toBe(true);
    expect(memory.decisions.at(-1)).toMatchObject({
      effect: 'deny',
      code: 'too-many-calls',
      because: ['triage.calls'],
    });
    for (const { exchange } of [third, first]) await exchange.end();
    await takeAll(fourth.exchange, [asks]);
    expect(fourth.replies).toEqual([]);
    expect(fourth.exchange.over).toBe(false);
  });

  test('answers that are too many are withheld, and the outcome says so', async () => {
    const { memory, open } = world();
    const large = answerBody(' '.repeat(config.limits.bodyBytes), false);
    const all = Array.from({ length: 9 }, () => open());
    for (const { exchange } of all) await takeAll(exchange, [asks, body(call('search')), answerHead()]);
    for (const { exchange } of all) await exchange.take(large);
    expect(all.slice(0, 8).map(({ exchange }) => exchange.held)).toEqual(Array(8).fill(config.limits.bodyBytes));
    expect(all[8]?.last()).toMatchObject({ kind: 'immediate' });
    expect(memory.outcomes).toMatchObject([{ withheld: true, code: 'too-many-calls' }]);
    await all[0]?.exchange.take(answerBody('x', true));
    const next = open();
    await takeAll(next.exchange, [asks, body(call('search')), answerHead(), answerBody(RESULT)]);
    expect(next.last()).toMatchObject({ kind: 'body', end: true });
  });

  test('a body that is too many is turned away unread; those before it are judged', async () => {
    const { memory, governor, open } = world();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const waits = async (...[http, hold]: Parameters<Governor['request']>) => {
      await gate;
      return governor.request(http, hold);
    };
    const large = message('requestBody', { body: Buffer.alloc(config.limits.bodyBytes, ' ') });
    const all = Array.from({ length: 9 }, () => open('back', waits));
    for (const { exchange } of all) await exchange.take(asks);
    const judged = all.slice(0, 8).map(({ exchange }) => exchange.take(large));
    await all[8]?.exchange.take(large);
    expect(all[8]?.last()).toMatchObject({ kind: 'immediate', status: 429 });
    expect(memory.decisions).toMatchObject([{ code: 'too-many-calls' }]);
    go();
    await Promise.all(judged);
    expect(memory.decisions.slice(1).map(({ code }) => code)).toEqual(Array(8).fill('malformed-json'));
    const next = open();
    await takeAll(next.exchange, [asks, large]);
    expect(next.last()).toMatchObject({ status: 400 });
  });
});

test('a decision that takes too long is a no, and what came of it is on record as not answered', async () => {
  const { memory, governor, open } = world({ decisionMilliseconds: 10 });
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { exchange, last } = open('back', async (http, hold) => {
    await gate;
    return governor.request(http, hold);
  });
  await takeAll(exchange, SEARCH);
  expect(last()).toMatchObject({ kind: 'immediate', status: 503 });
  go();
  while (memory.outcomes.length === 0) await new Promise(setImmediate);
  expect(memory.outcomes).toMatchObject([{ phase: 'error', status: 0, withheld: true }]);
});

test('a caller who leaves before the decision gets nothing, and the record says so', async () => {
  const { memory, open } = world();
  const { exchange, said } = open();
  await exchange.take(SEARCH[0] as Message);
  const judged = exchange.take(SEARCH[1] as Message);
  await exchange.end();
  await expect(judged).rejects.toThrow();
  expect(said).toEqual([]);
  expect(memory.outcomes).toMatchObject([{ phase: 'error', status: 0 }]);
});

test.each<[string, Message]>([
  ['no method', message('requestHeaders', { headers: [[':path', MCP]] })],
  ['no path', message('requestHeaders', { headers: [[':method', 'GET']] })],
  [
    'two paths',
    message('requestHeaders', {
      headers: [
        [':method', 'GET'],
        [':path', MCP],
        [':path', '/'],
      ],
    }),
  ],
])('headers that no Envoy sends: %s', async (_what, first) => {
  const { exchange, said } = world().open();
  await expect(exchange.take(first)).rejects.toThrow(OutOfOrder);
  expect(said).toEqual([]);
});

test('in whatever order parts come, nothing is forwarded without an allow on record', async () => {
  const { memory, open } = world();
  const any = fc.record({
    kind: fc.constantFrom(...KINDS),
    headers: fc.constantFrom<Message['headers'][]>(
      [],
      [
        [':method', 'POST'],
        [':path', MCP],
        ['content-type', 'application/json'],
      ],
      [[':status', '200']],
    ),
    body: fc.constantFrom(...[call('search'), call('purge'), {}].map((v) => Buffer.from(JSON.stringify(v)))),
    end: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(any, { maxLength: 6 }), fc.boolean(), async (messages, inOrder) => {
      memory.decisions.length = 0;
      const { exchange, said } = open();
      const sent = inOrder ? [{ ...(SEARCH[0] as Message) }, ...messages] : messages;
      for (const each of sent) {
        const ok = await exchange.take(each).then(
          () => true,
          () => false,
        );
        if (!ok) break;
        const forwarded = said.some(([kind, reply]) => reply !== 'immediate' && kind.startsWith('request'));
        expect(forwarded && !memory.decisions.some(({ effect }) => effect === 'allow')).toBe(false);
        const answered = said.some(([kind, reply]) => reply !== 'immediate' && kind.startsWith('response'));
        expect(answered && !forwarded).toBe(false);
      }
    }),
    { numRuns: 60 },
  );
});
