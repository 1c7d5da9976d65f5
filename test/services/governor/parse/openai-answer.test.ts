import type { Json } from '../../../../services/governor/parse/json';
import { OpenaiStream, openaiAnswer } from '../../../../services/governor/parse/openai-answer';

const call = (args: string, more: object = {}) => ({
  id: 'a',
  type: 'function',
  function: { name: 'search', arguments: args },
  ...more,
});
const answer = (message: object): Json =>
  ({
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 3, completion_tokens: 5 },
  }) as Json;
const stream = (chunks: readonly (object | string)[]) => {
  const reader = new OpenaiStream(16);
  for (const chunk of chunks) reader.event(undefined, typeof chunk === 'string' ? chunk : JSON.stringify(chunk));
  return reader.end();
};
const piece = (delta: object, more: object = {}) => ({ model: 'm', choices: [{ index: 0, delta, ...more }] });
const tool = (fn: object) => piece({ tool_calls: [{ index: 0, function: fn }] });
const TURN = {
  model: 'm',
  texts: ['hi'],
  toolUses: [{ name: 'search', arguments: { q: 1 } }],
  usage: { input: 3, output: 5 },
  stop: 'tool_calls',
};

test('whole and in pieces, a turn is the same', () => {
  expect(openaiAnswer(answer({ role: 'assistant', content: 'hi', tool_calls: [call('{"q":1}')] }), 16)).toEqual(TURN);
  expect(
    stream([
      piece({ role: 'assistant', content: 'h' }),
      tool({ name: 'search', arguments: '' }),
      tool({ arguments: '{"q' }),
      piece({ content: 'i' }),
      tool({ arguments: '":1}' }),
      piece({}, { finish_reason: 'tool_calls' }),
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 5 } },
      '[DONE]',
    ]),
  ).toEqual(TURN);
});

test('calls of a stream that broke off are none', () => {
  expect(stream([tool({ name: 'search', arguments: '{"q":1}' })]).toolUses).toEqual([]);
});

test('an error is a turn without anything', () => {
  expect(openaiAnswer({ error: { message: 'x' } }, 16)).toEqual({ texts: [], toolUses: [] });
});

test.each([
  ['another kind of tool', answer({ tool_calls: [call('{}', { type: 'custom' })] })],
  ['arguments that are not JSON', answer({ tool_calls: [call('{')] })],
  ['arguments with a key twice', answer({ tool_calls: [call('{"a":1,"a":2}')] })],
  ['arguments in a list', answer({ tool_calls: [call('[]')] })],
  ['no choices', { model: 'm' }],
])('refused: %s', (_what, body) => {
  expect(() => openaiAnswer(body as Json, 16)).toThrow(/malformed-answer/);
});

test.each<[string, (object | string)[]]>([
  ['a second choice', [{ choices: [{ index: 1, delta: {} }] }]],
  ['more after the end', ['[DONE]', piece({ content: 'x' })]],
  ['what is not JSON', ['{']],
  ['a call without place', [piece({ tool_calls: [{ function: {} }] })]],
  ['arguments that do not end', [tool({ name: 'a', arguments: '{' }), piece({}, { finish_reason: 'tool_calls' })]],
])('refused in pieces: %s', (_what, chunks) => {
  expect(() => stream(chunks)).toThrow(/malformed-answer/);
});
