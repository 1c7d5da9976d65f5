import { AnthropicStream, anthropicAnswer } from '../../../../services/governor/parse/anthropic-answer';
import type { Json } from '../../../../services/governor/parse/json';

const answer = (content: unknown, more: object = {}): Json =>
  ({
    type: 'message',
    model: 'm',
    content,
    stop_reason: 'tool_use',
    usage: { input_tokens: 3, output_tokens: 5 },
    ...more,
  }) as Json;
const stream = (events: readonly object[]) => {
  const reader = new AnthropicStream(16);
  for (const event of events) reader.event((event as { type: string }).type, JSON.stringify(event));
  return reader.end();
};
const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const json = (index: number, partial_json: string) => delta(index, { type: 'input_json_delta', partial_json });
const tool = { type: 'tool_use', id: 'a', name: 'search', input: {} };

const TURN = {
  model: 'm',
  texts: ['hi'],
  toolUses: [{ name: 'search', arguments: { q: 1 } }],
  usage: { input: 3, output: 5 },
  stop: 'tool_use',
};

test('whole and in pieces, a turn is the same', () => {
  expect(
    anthropicAnswer(
      answer([
        { type: 'text', text: 'hi' },
        { ...tool, input: { q: 1 } },
      ]),
    ),
  ).toEqual(TURN);
  expect(
    stream([
      { type: 'message_start', message: { model: 'm', usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: 'ping' },
      start(0, { type: 'text', text: '' }),
      delta(0, { type: 'text_delta', text: 'h' }),
      start(1, tool),
      json(1, '{"q'),
      delta(0, { type: 'text_delta', text: 'i' }),
      stop(0),
      json(1, '":1}'),
      stop(1),
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]),
  ).toEqual(TURN);
});

test('a tool use that was not complete is none', () => {
  expect(stream([start(0, tool), json(0, '{"q":1}')]).toolUses).toEqual([]);
});

test('errors and counts are turns without anything', () => {
  expect(anthropicAnswer({ type: 'error', error: { type: 'overloaded_error', message: 'x' } }).toolUses).toEqual([]);
  expect(anthropicAnswer({ input_tokens: 7 }).toolUses).toEqual([]);
});

test.each([
  ['what the provider did itself', answer([{ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }])],
  ['input in a list', answer([{ ...tool, input: [] }])],
  ['no content', answer(undefined)],
  ['another thing', { type: 'completion' }],
  ['a list', []],
])('refused: %s', (_what, body) => {
  expect(() => anthropicAnswer(body as Json)).toThrow(/malformed-answer/);
});

test.each<[string, object[]]>([
  ['a piece without start', [json(0, '{}')]],
  ['two starts', [start(0, tool), start(0, tool)]],
  ['a stop without start', [stop(0)]],
  ['input that is not JSON', [start(0, tool), json(0, '{"q":'), stop(0)]],
  ['input with a key twice', [start(0, tool), json(0, '{"q":1,"q":2}'), stop(0)]],
  ['input too deep', [start(0, tool), json(0, `{"q":${'['.repeat(20)}${']'.repeat(20)}}`), stop(0)]],
  ['an unknown event', [{ type: 'surprise' }]],
  ['an unknown piece', [start(0, tool), delta(0, { type: 'surprise' })]],
  ['a block that nobody asked for', [start(0, { type: 'mcp_tool_use' })]],
])('refused in pieces: %s', (_what, events) => {
  expect(() => stream(events)).toThrow(/malformed-answer/);
});

test('refused: an event with two kinds', () => {
  expect(() => new AnthropicStream(16).event('ping', '{"type":"message_stop"}')).toThrow(/malformed-answer/);
});
