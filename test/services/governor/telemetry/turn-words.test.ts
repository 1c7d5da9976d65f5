import { finishReason, responseModel } from '../../../../services/governor/telemetry/turn-words';

test.each([
  ['end_turn', 'end_turn'],
  ['tool_calls', 'tool_calls'],
  ['made up by somebody', '_OTHER'],
  ['', '_OTHER'],
])('a model that stops for %j is told as %s', (said, told) => expect(finishReason(said)).toBe(told));

test.each([
  ['claude-sonnet-4-5', 'claude-sonnet-4-5'],
  ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
  ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet-20241022'],
  ['gpt-4o', 'gpt-4o-2024-08-06'],
])('asked for %s, %s answers', (asked, said) => expect(responseModel(asked, said)).toBe(said));

test.each([
  ['another model', 'claude-opus-4'],
  ['a kind of it that is another model', 'gpt-4o-mini'],
  ['words', 'gpt-4o-ignore-all'],
  ['digits without an end', `gpt-4o-${'1'.repeat(40)}`],
  ['nothing', ''],
])('%s stays unnamed', (_what, said) => expect(responseModel('gpt-4o', said)).toBe('_OTHER'));
