import { code, parsed, request } from '../support/requests';

const RUN = `run-${'0123456789abcdef'.repeat(2)}`;
const front = (path: string, body?: unknown, method = 'POST') => request(path, body, { door: 'front', method });

test.each(['stop', 'pause', 'resume'])('%s, with a reason or without', (turn) => {
  expect(code(front(`/runs/${RUN}/${turn}`))).toEqual({ kind: 'turn', run: RUN, turn, reason: 'no reason given' });
  const { call, passages } = parsed(front(`/runs/${RUN}/${turn}`, { reason: 'it loops' }));
  expect(call).toMatchObject({ reason: 'it loops' });
  // The guard looks at it, like at anything that a person writes.
  expect(passages).toContainEqual({ zone: 'user', text: 'it loops' });
});

test.each([
  ['another turn', front(`/runs/${RUN}/kill`)],
  ['another method', front(`/runs/${RUN}/stop`, undefined, 'GET')],
  ['another id', front('/runs/run-1/stop')],
  ['a longer path', front(`/runs/${RUN}/stop/now`)],
  ['a query', front(`/runs/${RUN}/stop?force=1`)],
  ['an agent', request(`/runs/${RUN}/stop`, undefined, { door: 'back', method: 'POST' })],
])('nothing is declared: %s', (_what, http) => {
  expect(code(http)).toBe('unknown-route');
});

test.each([
  [{}],
  [{ reason: 7 }],
  [{ reason: '' }],
  [{ reason: 'x'.repeat(513) }],
  [{ reason: 'x', user: 'eve' }],
  ['x'],
])('malformed: %j', (body) => {
  expect(code(front(`/runs/${RUN}/stop`, JSON.stringify(body)))).toBe('malformed-message');
});
