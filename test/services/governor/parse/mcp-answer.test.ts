import type { Json } from '../../../../services/governor/parse/json';
import { type McpAnswer, mcpAnswer, shownTools } from '../../../../services/governor/parse/mcp-answer';

const result = (value: object, id: unknown = 1) => ({ jsonrpc: '2.0', id, result: value }) as Json;

test('results, errors, notifications and pings pass', () => {
  expect(mcpAnswer(result({ content: [] }))).toMatchObject({ kind: 'result', id: 1, isError: false });
  expect(mcpAnswer(result({ isError: true, resultType: 'complete' }))).toMatchObject({ isError: true });
  expect(mcpAnswer({ jsonrpc: '2.0', id: 'a', error: { code: -1, message: 'x' } })).toMatchObject({
    id: 'a',
    isError: true,
  });
  expect(mcpAnswer({ jsonrpc: '2.0', method: 'notifications/progress', params: {} })).toMatchObject({
    kind: 'notification',
  });
  expect(mcpAnswer({ jsonrpc: '2.0', id: 3, method: 'ping' })).toMatchObject({ kind: 'notification', method: 'ping' });
});

test.each([
  ['a sample of the model', { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} }],
  ['an input of the user', { jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: {} }],
  ['a list of roots', { jsonrpc: '2.0', id: 1, method: 'roots/list' }],
  ['a notification of an unknown kind', { jsonrpc: '2.0', method: 'notifications/surprise' }],
  ['a result that waits for input', result({ resultType: 'input_required', inputRequests: {} })],
  ['a task', result({ resultType: 'task', taskId: 'a' })],
  ['result and error', { jsonrpc: '2.0', id: 1, result: {}, error: {} }],
  ['neither', { jsonrpc: '2.0', id: 1 }],
  ['no id', { jsonrpc: '2.0', result: {} }],
  ['a batch', [result({})]],
])('refused: %s', (_what, body) => {
  expect(() => mcpAnswer(body as Json)).toThrow(/malformed-answer/);
});

test('a list of tools shows what was granted', () => {
  const answer = mcpAnswer(result({ tools: [{ name: 'search' }, { name: 'purge' }, 7], nextCursor: 'x' }));
  expect(shownTools(answer as Extract<McpAnswer, { kind: 'result' }>, new Set(['search']))).toEqual({
    value: result({ tools: [{ name: 'search' }], nextCursor: 'x' }),
    tools: [{ name: 'search' }, { name: 'purge' }, 7],
  });
});
