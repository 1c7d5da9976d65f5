import { mixed, times } from '../../../bench/control-point/records';

test('how often each request is sent, when they are sent in turn', () => {
  const sent = (requests: number, all: number): number[] =>
    Array.from({ length: requests }, (_, i) => times(requests, all, i));
  expect(sent(3, 7)).toEqual([3, 2, 2]);
  expect(sent(3, 6)).toEqual([2, 2, 2]);
  expect(sent(3, 2)).toEqual([1, 1, 0]);
  for (const all of [0, 1, 10, 99]) expect(sent(7, all).reduce((sum, each) => sum + each, 0)).toBe(all);
});

test('one request of five is a forbidden one, each of them in turn', () => {
  const all = mixed(
    Array.from({ length: 12 }, () => 'a'),
    ['x', 'y'],
  );
  expect(all.join('')).toBe('aaaaxaaaayaaaax');
});
