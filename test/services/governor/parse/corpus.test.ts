import type { Pending } from '../../../../services/governor/context';
import { Denial } from '../../../../services/governor/denial';
import { Guard } from '../../../../services/governor/guard/guard';
import { Inspector } from '../../../../services/governor/inspect';
import { isRefused, parseRequest } from '../../../../services/governor/parse/parse';
import type { Call, HttpRequest } from '../../../../services/governor/parse/request';
import { AnswerStream } from '../../../../services/governor/server/answer-stream';
import { type Recorded, recorded, recordedOf } from '../../../corpus';
import { Memory } from '../support/memory';
import { pendingOf } from '../support/pending';
import { call, config as desk, MCP, request } from '../support/requests';

const config = { ...desk, models: { ...desk.models, gpt: { protocol: 'openai' as const, names: ['gpt-5'] } } };
const guard = new Guard(config.guard);

const httpOf = ({ notes, start, headers, body }: Recorded): HttpRequest => {
  const [method = '', path = ''] = start.split(' ');
  const door = notes.door === 'front' ? 'front' : 'back';
  return { door, method, path, headers: headers.map(([name, value]) => [name, value]), body };
};

const understood = (found: Call): string => {
  switch (found.kind) {
    case 'operation':
      return `${found.tool}.${found.operation}`;
    case 'housekeeping':
      return `${found.tool}:${found.method}`;
    case 'infer':
      return `infer ${found.model}/${found.name}`;
    case 'ask':
      return `ask ${found.agent}`;
    default:
      return found.kind;
  }
};

test.each(recorded('requests').map((one) => [one.name, one] as const))('request %s', (_name, one) => {
  const result = parseRequest(config, httpOf(one));
  expect(isRefused(result) ? result.denial.code : understood(result.call)).toBe(one.notes.verdict);
});

const INFER = { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [] };
const infer = request('/models/claude/v1/messages', INFER);
const PENDING: Readonly<Record<string, Pending>> = {
  'tickets.search': pendingOf(request(MCP, call('search', { text: 'a' }))),
  'infer anthropic': pendingOf(infer),
  'infer openai': pendingOf(infer, 'openai'),
};

/** What becomes of an answer whose events come in pieces of so many bytes. */
const streamed = async (pending: Pending, status: number, body: Buffer, size: number): Promise<string> => {
  const recorder = new Memory();
  const clock = () => 7;
  const inspector = new Inspector(config, guard, recorder, clock);
  const stream = new AnswerStream(pending, status, { config, guard, recorder, clock, inspector });
  try {
    for (let at = 0; at < body.length; at += size) await stream.push(body.subarray(at, at + size));
    await stream.end();
    // One that ends too early passes as far as it was looked at, and is on record as failed.
    return recorder.outcomes[0]?.phase === 'response' ? 'pass' : 'incomplete';
  } catch (error) {
    if (error instanceof Denial) return error.code;
    throw error;
  }
};

test.each(recorded('answers').map((one) => [one.name, one] as const))('answer %s', async (_name, one) => {
  const pending = PENDING[one.notes.to ?? ''] as Pending;
  const [status, headers] = [Number(one.start), one.headers.map(([n, v]): [string, string] => [n, v])];
  if (headers.some(([, value]) => value === 'text/event-stream')) {
    // However it is cut on the way.
    for (const size of [1, 7, one.body.length])
      expect([size, await streamed(pending, status, one.body, size)]).toEqual([size, one.notes.verdict]);
    return;
  }
  const inspector = new Inspector(config, guard, new Memory(), () => 7);
  const verdict = await inspector.answer(pending, { status, headers, body: one.body });
  expect(verdict.kind === 'pass' ? 'pass' : verdict.denial.code).toBe(one.notes.verdict);
});

test.each(['', 'POST /x\n\n', '# verdict: pass\n\n', '# verdict: pass\nPOST /x\nno header\n\n'])(
  'a file that is no case is said to be none: %j',
  (content) => expect(() => recordedOf('x', Buffer.from(content))).toThrow(/^x: found/),
);
