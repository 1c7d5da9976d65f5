import type { Pending } from '../../../../services/governor/context';
import { Denial } from '../../../../services/governor/denial';
import { Guard } from '../../../../services/governor/guard/guard';
import { certificateName } from '../../../../services/governor/identify/certificate';
import { Inspector } from '../../../../services/governor/inspect';
import { anthropicAnswer } from '../../../../services/governor/parse/anthropic-answer';
import type { Json } from '../../../../services/governor/parse/json';
import { mcpAnswer } from '../../../../services/governor/parse/mcp-answer';
import { openaiAnswer } from '../../../../services/governor/parse/openai-answer';
import { isRefused } from '../../../../services/governor/parse/parse';
import { answerJson } from '../../../../services/governor/parse/turn';
import { AnswerStream } from '../../../../services/governor/server/answer-stream';
import { MalformedMessage, readMessage } from '../../../../services/governor/server/messages';
import fc from '../../../support/property';
import { runs } from '../../../support/runs';
import { field, number } from '../../../system/envoy/governor';
import { damaged } from '../support/damage';
import { Memory } from '../support/memory';
import { pendingOf } from '../support/pending';
import { call, config, MCP, parse, request } from '../support/requests';
import { anthropicTurn, openaiTurn, readBy, TOKEN } from '../support/streams';

const MODEL = '/models/claude/v1/messages';
const INFER = { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const text = (value: object): string => JSON.stringify(value);

const CALLS = [
  call('search', { text: 'a' }),
  call('reply', { ticket: 'T-1', body: 'a "b" \u00e9' }),
  call('close', { ticket: 'T-1' }, { _meta: { progressToken: 1 } }),
].map(text);
const TURNS = [
  INFER,
  { ...INFER, stream: true, system: [{ type: 'text', text: 'be kind' }] },
  {
    ...INFER,
    tools: [{ name: 'search', description: 'finds', input_schema: { type: 'object' } }],
    messages: [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'search', input: { text: 'x' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'three' }] },
    ],
  },
].map(text);

/** What JSON says in the one way that everybody reads it; undefined where it is none. */
const plainly = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return undefined;
  }
};
/** Nothing but a denial, and none that hides a fall. */
const isDenied = (error: unknown): boolean => error instanceof Denial && error.code !== 'unavailable';

test('a damaged call is a denial, or what JSON says it is', () => {
  fc.assert(
    fc.property(damaged(CALLS), (body) => {
      const result = parse(request(MCP, body));
      if (isRefused(result)) return expect(isDenied(result.denial)).toBe(true);
      const said = plainly(body) as { method?: string; params?: { name?: string; arguments?: object } };
      expect(said).toBeInstanceOf(Object);
      if (result.call.kind !== 'operation') return;
      const { operation, arguments: given } = result.call;
      expect([said.method, said.params?.name, said.params?.arguments ?? {}]).toEqual(['tools/call', operation, given]);
    }),
    { numRuns: runs(150) },
  );
});

test('a damaged question to a model is a denial, or for the model that JSON says', () => {
  fc.assert(
    fc.property(damaged(TURNS), (body) => {
      const result = parse(request(MODEL, body));
      if (isRefused(result)) return expect(isDenied(result.denial)).toBe(true);
      if (result.call.kind !== 'infer') throw new Error(`found ${result.call.kind}`);
      expect((plainly(body) as { model?: string }).model).toBe(result.call.name);
    }),
    { numRuns: runs(150) },
  );
});

test('a damaged path is a denial, or the tool, the agent or the model that it names', () => {
  const paths = [MCP, MODEL, '/tools/crm/v1/customers/C-1', '/agents/triage/ask'];
  const doors = fc.constantFrom('front' as const, 'back' as const);
  fc.assert(
    fc.property(damaged(paths), doors, fc.constantFrom('GET', 'POST'), (bytes, door, method) => {
      const path = bytes.toString('latin1');
      const result = parse(request(path, method === 'POST' ? call('search') : undefined, { door, method }));
      if (isRefused(result)) return expect(isDenied(result.denial)).toBe(true);
      const [, kind, name] = path.split(/[/?]/);
      const { call: found } = result;
      if (found.kind === 'ask') expect([kind, name, door]).toEqual(['agents', found.agent, 'front']);
      else if (found.kind === 'infer') expect([kind, name]).toEqual(['models', found.model]);
      else if ('tool' in found) expect([kind, name, door]).toEqual(['tools', found.tool, 'back']);
    }),
    { numRuns: runs(150) },
  );
});

test.each<[string, readonly object[], (value: Json) => unknown]>([
  [
    'of an MCP server',
    [
      { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'three' }], isError: false } },
      { jsonrpc: '2.0', id: 'a', error: { code: -32000, message: 'no', data: {} } },
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 2 } },
    ],
    mcpAnswer,
  ],
  [
    'of the Anthropic API',
    [
      {
        type: 'message',
        model: 'm',
        content: [
          { type: 'text', text: 'a' },
          { type: 'tool_use', id: 'a', name: 'search', input: { text: 'x' } },
        ],
        usage: { input_tokens: 1, output_tokens: 2 },
      },
    ],
    anthropicAnswer,
  ],
  [
    'of the OpenAI API',
    [
      {
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: 'a',
              tool_calls: [{ id: 'a', type: 'function', function: { name: 'search', arguments: '{"text":"x"}' } }],
            },
            finish_reason: 'tool_calls',
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 2 },
      },
    ],
    (value) => openaiAnswer(value, 16),
  ],
])('a damaged answer %s is read, or withheld', (_what, good, read) => {
  fc.assert(
    fc.property(damaged(good.map(text)), (bytes) => {
      try {
        read(answerJson(bytes.toString(), 16));
      } catch (error) {
        expect(error).toMatchObject({ code: 'malformed-answer' });
      }
    }),
    { numRuns: runs(100) },
  );
});

const SECRET = { texts: [['key ', TOKEN.slice(0, 20), TOKEN.slice(20), ' end']] };
const TOOLS = { texts: [['I ', 'look']], tools: [{ name: 'search', json: ['{"text":', '"x"}'] }] };
/** The credential, not grown together with a word: then the patterns of known shapes do not see it. */
const STANDING = new RegExp(`(?<![A-Za-z0-9_])${TOKEN}(?![A-Za-z0-9_])`);
const guard = new Guard(config.guard);

test.each<[string, readonly string[], Pending]>([
  ['of the Anthropic API', [anthropicTurn(SECRET), anthropicTurn(TOOLS)], pendingOf(request(MODEL, INFER))],
  ['of the OpenAI API', [openaiTurn(SECRET), openaiTurn(TOOLS)], pendingOf(request(MODEL, INFER), 'openai')],
  [
    'of an MCP server',
    [`data: ${text({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: `key ${TOKEN}` }] } })}\n\n`],
    pendingOf(request(MCP, call('search'))),
  ],
])('a damaged stream %s passes as far as it is read, without the credential in it', async (_what, good, pending) => {
  const property = fc.asyncProperty(damaged(good), fc.nat(60), async (bytes, piece) => {
    const memory = new Memory();
    const clock = () => 7;
    const inspector = new Inspector(config, guard, memory, clock);
    const stream = new AnswerStream(pending, 200, { config, guard, recorder: memory, clock, inspector });
    let out = '';
    try {
      for (let at = 0; at < bytes.length; at += piece + 5)
        out += String(await stream.push(bytes.subarray(at, at + piece + 5)));
      out += String(await stream.end());
    } catch (error) {
      expect(error).toMatchObject({ code: 'malformed-answer' });
    }
    expect(readBy(out)).not.toMatch(STANDING);
  });
  await fc.assert(property, { numRuns: runs(40) });
});

test('a damaged message of Envoy is read, or is no message', () => {
  const header = field(1, Buffer.concat([field(1, Buffer.from(':path')), field(3, Buffer.from('/tools/tickets/mcp'))]));
  const good = [
    field(2, Buffer.concat([field(1, Buffer.concat([header, header])), number(3, 1)])),
    field(4, Buffer.concat([field(1, Buffer.from('{"jsonrpc":"2.0"}')), number(2, 1)])),
    field(7, field(1, header)),
  ];
  fc.assert(
    fc.property(damaged(good), (bytes) => {
      try {
        expect(readMessage(bytes).body).toBeInstanceOf(Buffer);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }),
    { numRuns: runs(100) },
  );
});

test("a damaged header of the caller's certificate names one whom it names, or nobody", () => {
  fc.assert(
    fc.property(
      damaged(['Hash=0;DNS=triage.desk.svc', 'By=spiffe://a;Hash=1;Subject="";DNS=triage.desk.svc']),
      (bytes) => {
        const value = bytes.toString('latin1');
        try {
          const name = certificateName([['x-forwarded-client-cert', value]]);
          expect(value.split(';').filter((part) => part.toLowerCase() === `dns=${name}`.toLowerCase())).toHaveLength(1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'unidentified' });
        }
      },
    ),
    { numRuns: runs(100) },
  );
});
