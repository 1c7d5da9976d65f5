import type { Json } from '../../../../services/governor/parse/json';
import { parseTurn } from '../../../../services/governor/parse/turn-request';

const RUN = `run-${'0123456789abcdef'.repeat(2)}`;

test.each(['stop', 'pause', 'resume'])('%s, with a reason or without', (turn) => {
  const call = { kind: 'turn', run: RUN, turn };
  expect(parseTurn('POST', `/runs/${RUN}/${turn}`, undefined)).toEqual({ ...call, reason: 'no reason given' });
  expect(parseTurn('POST', `/runs/${RUN}/${turn}`, { reason: 'it loops' })).toEqual({ ...call, reason: 'it loops' });
});

test.each([
  ['another turn', 'POST', `/runs/${RUN}/kill`],
  ['another method', 'GET', `/runs/${RUN}/stop`],
  ['another id', 'POST', '/runs/run-1/stop'],
  ['a longer path', 'POST', `/runs/${RUN}/stop/now`],
  ['a query', 'POST', `/runs/${RUN}/stop?force=1`],
])('nothing is declared: %s', (_what, method, path) => {
  expect(() => parseTurn(method, path, undefined)).toThrow(/unknown-route/);
});

test.each<[Json]>([
  [{}],
  [{ reason: 7 }],
  [{ reason: '' }],
  [{ reason: 'x'.repeat(513) }],
  [{ reason: 'x', user: 'eve' }],
  ['x'],
  [null],
])('malformed: %j', (body) => {
  expect(() => parseTurn('POST', `/runs/${RUN}/stop`, body)).toThrow(/malformed-message/);
});
