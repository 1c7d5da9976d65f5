import { EXPECTED, OutOfOrder, pseudo } from '../../../../services/governor/server/order';

test('a header of HTTP itself is there once', () => {
  expect(pseudo([[':path', '/a']], ':path')).toBe('/a');
  expect(() => pseudo([], ':path')).toThrow(OutOfOrder);
  const twice = [':path', '/a'] as const;
  expect(() => pseudo([twice, twice], ':path')).toThrow(OutOfOrder);
});

test('an answer is expected only where its request was judged, and nothing once all has passed', () => {
  for (const state of ['requestHeaders', 'requestBody'] as const)
    expect(EXPECTED[state].filter((kind) => kind.startsWith('response'))).toEqual([]);
  for (const state of ['responseHeaders', 'responseBody', 'events'] as const)
    expect(EXPECTED[state].filter((kind) => kind.startsWith('request'))).toEqual([]);
  expect(EXPECTED.over).toEqual([]);
});
