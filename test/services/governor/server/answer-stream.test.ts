import { digestOf } from '../../../../services/governor/canonical';
import { Denial } from '../../../../services/governor/denial';
import { Guard } from '../../../../services/governor/guard/guard';
import { Inspector } from '../../../../services/governor/inspect';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { AnswerStream } from '../../../../services/governor/server/answer-stream';
import fc from '../../../support/property';
import { Memory } from '../support/memory';
import { pendingOf } from '../support/pending';
import { call, config, MCP, request } from '../support/requests';
import { anthropicTurn, openaiTurn, readBy, TOKEN } from '../support/streams';

const CLAUDE = request('/models/claude/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] });
const SEARCH = request(MCP, call('search'));
const ASK = request('/agents/triage/ask', { q: 'hi' }, { door: 'front' });
const guard = new Guard(config.guard);

const streamOf = (http: HttpRequest, protocol?: 'openai', memory = new Memory()) => {
  const parts = { config, guard, recorder: memory, clock: () => 7 };
  const inspector = new Inspector(config, guard, memory, parts.clock);
  return { memory, stream: new AnswerStream(pendingOf(http, protocol), 200, { ...parts, inspector }) };
};

/** What passed, after each piece and at the end, or the code of the denial behind it; and what is on record. */
const passes = async (http: HttpRequest, pieces: readonly (string | Buffer)[], protocol?: 'openai') => {
  const { memory, stream } = streamOf(http, protocol);
  const out: string[] = [];
  let code: string | undefined;
  try {
    for (const piece of pieces) out.push((await stream.push(Buffer.from(piece as string))).toString());
    out.push((await stream.end()).toString());
  } catch (error) {
    code = (error as Denial).code;
    await stream.cut(error as Denial);
  }
  return { out, text: readBy(out.join('')), code, outcomes: memory.outcomes };
};
const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i, all) => bytes.subarray(all[i - 1] ?? 0, end));
};

const WORDS = ['The ', 'ticket T-', '12 is ', 'closed — ', 'done.'];
const TOOLS = [{ name: 'close', json: ['{"tick', 'et":"T-1', '2"}'] }];
const CLAIM = { id: 'd-1.0', name: 'close', digest: digestOf({ ticket: 'T-12' }) };
const TURNS = [
  ['anthropic', undefined, anthropicTurn],
  ['openai', 'openai', openaiTurn],
] as const;

describe.each(TURNS)('a turn in the words of %s', (_name, protocol, turn) => {
  test('passes as it comes, and is on record with its last event', async () => {
    const events = turn({ texts: [WORDS] }).split(/(?<=\n\n)/);
    const { out, text, code, outcomes } = await passes(CLAUDE, events, protocol);
    expect([text, code]).toEqual([WORDS.join(''), undefined]);
    expect(out.slice(0, -2).every((piece) => piece !== '')).toBe(true);
    expect(outcomes).toMatchObject([
      { phase: 'response', status: 200, claims: [], withheld: false, guard: [], usage: { input: 7, output: 9 } },
    ]);
  });

  test('a tool use waits until it is a claim on record', async () => {
    const events = turn({ texts: [['I close it. ']], tools: TOOLS }).split(/(?<=\n\n)/);
    const { memory, stream } = streamOf(CLAUDE, protocol);
    let passed = '';
    for (const event of events) {
      passed += await stream.push(Buffer.from(event));
      expect(passed.includes('close"')).toBe(memory.outcomes.length > 0);
    }
    expect(passed).toContain('I close it. ');
    expect(memory.outcomes).toMatchObject([{ phase: 'response', claims: [CLAIM] }]);
    expect((await stream.end()).toString()).toBe('');
  });

  test('what cannot be recorded does not pass', async () => {
    const memory = new Memory();
    memory.outcome = () => Promise.reject(new Error('disk full'));
    const { stream } = streamOf(CLAUDE, protocol, memory);
    const events = turn({ tools: TOOLS }).split(/(?<=\n\n)/);
    const push = async () => {
      let passed = '';
      for (const event of events) passed += await stream.push(Buffer.from(event));
      return passed;
    };
    await expect(push()).rejects.toThrow('disk full');
  });

  test('a secret split over events is taken out of them', async () => {
    const { text, outcomes } = await passes(
      CLAUDE,
      [turn({ texts: [['the key: g', TOKEN.slice(1, 9), TOKEN.slice(9, 30), `${TOKEN.slice(30)} is it`]] })],
      protocol,
    );
    expect(text).toMatch(/^the key: g?\[removed\] is it$/);
    expect(outcomes).toMatchObject([{ guard: ['removed.model'], withheld: false }]);
  });

  test('a secret at the end of a text, and one in a tool use', async () => {
    const { text } = await passes(CLAUDE, [turn({ texts: [['key ', TOKEN.slice(0, 20), TOKEN.slice(20)]] })], protocol);
    expect(text).toBe('key [removed]');
    const json = [`{"body":"${TOKEN.slice(0, 12)}`, `${TOKEN.slice(12)}"}`];
    const { out, code, outcomes } = await passes(CLAUDE, [turn({ tools: [{ name: 'reply', json }] })], protocol);
    expect(code).toBe('guard-blocked');
    expect(out.join('')).not.toContain(TOKEN.slice(12, 20));
    expect(outcomes).toMatchObject([{ phase: 'error', withheld: true, code: 'guard-blocked', claims: [] }]);
  });

  test('an end in the middle: what waited does not pass, and the record says so', async () => {
    const whole = turn({ texts: [WORDS], tools: TOOLS });
    const { code, outcomes } = await passes(CLAUDE, [whole.slice(0, whole.lastIndexOf('data: '))], protocol);
    expect(code).toBe('malformed-answer');
    expect(outcomes).toMatchObject([{ phase: 'error', withheld: true, claims: [] }]);
    const plain = turn({ texts: [WORDS] });
    const cut = await passes(CLAUDE, [plain.slice(0, plain.lastIndexOf('data: '))], protocol);
    expect([cut.text, cut.code]).toEqual([WORDS.join(''), undefined]);
    expect(cut.outcomes).toMatchObject([{ phase: 'error', withheld: false }]);
  });

  test('nothing comes after the last event', async () => {
    const whole = turn({ texts: [WORDS] });
    expect((await passes(CLAUDE, [whole, whole], protocol)).code).toBe('malformed-answer');
  });

  test('wherever the bytes are cut, the same passes', async () => {
    const said = fc.record({
      texts: fc.array(fc.array(fc.constantFrom('a', ' ', 'word ', TOKEN, TOKEN.slice(0, 11), TOKEN.slice(11), '票')), {
        maxLength: 1,
      }),
      tools: fc.constantFrom([], TOOLS),
    });
    await fc.assert(
      fc.asyncProperty(said, fc.array(fc.nat(), { maxLength: 6 }), async (what, places) => {
        const bytes = Buffer.from(turn(what));
        const whole = await passes(CLAUDE, [bytes], protocol);
        const split = await passes(CLAUDE, cutAt(bytes, places), protocol);
        // What is cut is cut at the same event, but events before it may have come with other bytes, and have passed.
        if (whole.code === undefined) expect(split.out.join('')).toBe(whole.out.join(''));
        expect(split.code).toBe(whole.code);
        expect(split.outcomes.map(({ phase, claims, guard }) => [phase, claims, guard])).toEqual(
          whole.outcomes.map(({ phase, claims, guard }) => [phase, claims, guard]),
        );
        expect(split.text).not.toMatch(/\bghp_\w{36}\b/);
      }),
      { numRuns: 12 },
    );
  });
});

describe("an MCP server's stream", () => {
  const event = (message: object): string => `event: message\nid: 1\ndata: ${JSON.stringify(message)}\n\n`;
  const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
  const result = (text: string, id = 1) => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });

  test('each message is judged, and the answer is on record before it passes', async () => {
    const { memory, stream } = streamOf(SEARCH);
    expect((await stream.push(Buffer.from('id: 0\ndata: \n\n'))).toString()).toBe('id: 0\ndata: \n\n');
    expect((await stream.push(Buffer.from(event(progress)))).toString()).toBe(event(progress));
    expect(memory.outcomes).toEqual([]);
    expect(readBy((await stream.push(Buffer.from(event(result(`it is ${TOKEN}`))))).toString())).toBe(
      'it is [removed]',
    );
    expect(memory.outcomes).toMatchObject([{ phase: 'response', guard: ['removed.toolResult'] }]);
  });

  test.each<[string, string]>([
    ['a server that asks', event({ jsonrpc: '2.0', id: 9, method: 'sampling/createMessage', params: {} })],
    ['the answer of another request', event(result('a', 2))],
    ['two answers', event(result('a')) + event(result('b'))],
    ['a key twice', 'data: {"jsonrpc":"2.0","jsonrpc":"2.0"}\n\n'],
    ['an event that is no JSON', 'data: hello\n\n'],
    ['a carriage return alone', 'data: {}\rdata: {}\n\n'],
    ['bytes that are no UTF-8', 'data: \u00ff\n\n'],
    ['a name that holds a credential', `event: ${TOKEN}\ndata: ${JSON.stringify(progress)}\n\n`],
    ['too large an event', `data: ${'x'.repeat(config.limits.bodyBytes + 1)}\n\n`],
  ])('cut: %s', async (_what, bytes) => {
    const { out, code, outcomes } = await passes(SEARCH, [Buffer.from(bytes, 'latin1')]);
    expect(['malformed-answer', 'guard-blocked']).toContain(code);
    expect(out.join('')).toBe('');
    expect(outcomes.at(-1)).toMatchObject(
      _what === 'two answers' ? { phase: 'response' } : { phase: 'error', withheld: true, code },
    );
    expect(outcomes).toHaveLength(1);
  });

  test('a stream that ends without the answer is an error; one that answers nothing is not', async () => {
    expect((await passes(SEARCH, [event(progress)])).outcomes).toMatchObject([{ phase: 'error', withheld: false }]);
    expect((await passes(request(MCP), [event(progress)])).outcomes).toMatchObject([{ phase: 'response' }]);
  });
});

describe('a stream of no known protocol', () => {
  const word = (text: string): string => `data: ${JSON.stringify({ delta: text })}\n\n`;

  test('passes event by event, cleaned', async () => {
    const { out, outcomes } = await passes(ASK, [word('hello'), 'data: plain words\n\n', `data: ${TOKEN}\n\n`]);
    expect(out).toEqual([word('hello'), 'data: plain words\n\n', 'data: [removed]\n\n', '']);
    expect(outcomes).toMatchObject([{ phase: 'response', guard: ['removed.model'] }]);
  });

  test('a secret in pieces does not pass whole', async () => {
    const { out, code } = await passes(ASK, [
      word(TOKEN.slice(0, 15)),
      word(TOKEN.slice(15, 30)),
      word(TOKEN.slice(30)),
    ]);
    expect(code).toBe('guard-blocked');
    expect(out).toHaveLength(2);
  });
});

test('a stream that goes on and on is cut', async () => {
  const { stream } = streamOf(ASK);
  const piece = Buffer.from(`data: ${'words '.repeat(1000)}\n\n`);
  const limit = 16 * config.limits.bodyBytes;
  const big = Buffer.concat(Array.from({ length: 300 }, () => Buffer.from(': nothing but a comment of a few words\n')));
  await stream.push(piece);
  const flood = async () => {
    for (let sent = 0; sent <= limit; sent += big.length) await stream.push(big);
  };
  await expect(flood()).rejects.toMatchObject({ code: 'malformed-answer' });
});

test('a cut that cannot be recorded is still a cut', async () => {
  const memory = new Memory();
  memory.outcome = () => Promise.reject(new Error('disk full'));
  const { stream } = streamOf(ASK, undefined, memory);
  await expect(stream.cut(new Denial('run-stopped', 'x'))).rejects.toThrow('disk full');
});
