import { expect, test } from '@jest/globals';
import { differences } from '../../lib/minimum-bar/difference';

const said = (found: unknown, wanted: unknown): string[] =>
  [...differences(found, wanted)].map(({ path, problem }) => `${path}: ${problem}`);

test('the same in another order of keys is no difference, and what is undefined is absent', () => {
  expect(said({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1, d: undefined })).toEqual([]);
});

test('every place that differs is named, with what is there and what should be', () => {
  expect(said({ a: { b: [1, 'x'] }, more: true }, { a: { b: [1, 'y'] }, 'a/b': {} })).toEqual([
    'a.b[1]: x instead of y',
    "['a/b']: nothing instead of {}",
    'more: true instead of nothing',
  ]);
});

test('a list of another length is one difference, and a value of another kind too', () => {
  expect(said({ a: [1, 2], b: [], c: null }, { a: [1], b: {}, c: 0 })).toEqual([
    'a: 2 entries instead of 1',
    'b: [] instead of {}',
    'c: null instead of 0',
  ]);
  expect(said('x', 'y')).toEqual([': x instead of y']);
});
