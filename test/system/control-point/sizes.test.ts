import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { ControlPoint, modelHere } from './control-point';

const point = new ControlPoint();
const { tickets, triage, claude } = point.world.upstreams;
beforeAll(() => point.start({ edit: modelHere }), 120_000);
afterAll(() => point.stop());

const KB = 1_024;
/** A little below what is judged whole, so that what is around the text fits as well. */
const LARGEST = 2_047;
const text = (kilobytes: number): string => 'word '.repeat((kilobytes * KB) / 5);

/** The answer to a call, with so much text in it. */
const answers = (kilobytes: number): void => {
  tickets.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: text(kilobytes) }] } }),
    );
  };
};

describe.each([1, 60, 70, 500, LARGEST])('%d KB', (kilobytes) => {
  test('of a request pass as they are', async () => {
    answers(1);
    tickets.received.length = 0;
    const asked = call('search', { text: text(kilobytes) });
    expect((await point.back(MCP, asked)).status).toBe(200);
    expect(tickets.received[0]?.body).toBe(JSON.stringify(asked));
    expect(tickets.received[0]?.headers['content-length']).toBe(String(JSON.stringify(asked).length));
  });

  test('of an answer pass as they are', async () => {
    answers(kilobytes);
    const { status, body } = await point.back(MCP, call('search'));
    expect([status, JSON.parse(body).result.content[0].text.length]).toEqual([200, text(kilobytes).length]);
  });

  test('of a question pass at the front', async () => {
    triage.received.length = 0;
    triage.respond = (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    };
    expect((await point.front('/agents/triage/ask', { q: text(kilobytes) })).status).toBe(200);
    expect(triage.received[0]?.body).toBe(JSON.stringify({ q: text(kilobytes) }));
  });
});

test('what is larger is refused, and an answer that is larger withheld: both are on record', async () => {
  tickets.received.length = 0;
  point.memory.decisions.length = 0;
  expect((await point.back(MCP, call('search', { text: text(LARGEST + 1) }))).status).toBe(413);
  expect(tickets.received).toEqual([]);
  expect(point.memory.decisions).toMatchObject([{ effect: 'deny', code: 'body-too-large' }]);
  answers(LARGEST + 1);
  point.memory.outcomes.length = 0;
  expect((await point.back(MCP, call('search'))).status).toBe(502);
  expect(point.memory.outcomes).toMatchObject([{ withheld: true, code: 'malformed-answer' }]);
});

test('a conversation with a model is as long as its limit', async () => {
  claude.received.length = 0;
  claude.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ type: 'message', role: 'assistant', content: [], model: 'm', stop_reason: 'end_turn' }),
    );
  };
  const messages = Array.from({ length: 100 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: text(15) }));
  const asked = {
    model: 'claude-sonnet-4-5',
    max_tokens: 1,
    messages: [...messages, { role: 'user', content: 'so?' }],
  };
  expect((await point.back('/models/claude/v1/messages', asked)).status).toBe(200);
  expect(claude.received[0]?.body).toBe(JSON.stringify(asked));
});
