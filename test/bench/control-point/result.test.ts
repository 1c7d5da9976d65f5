import {
  assertValid,
  Invalid,
  LIMITS,
  lateness,
  merged,
  milliseconds,
  quantile,
  type Result,
  share,
  wrongs,
} from '../../../bench/control-point/result';

const result = (change: Partial<Result> = {}): Result => ({
  latencies: [1_000, 2_000],
  late: [100, 200],
  pieces: null,
  wrong: {},
  seconds: 10,
  cpu: 1,
  ...change,
});

test('a quantile is the smallest value that this share of all is not above', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0, 0.01, 0.5, 0.99, 1].map((q) => quantile(hundred, q))).toEqual([1, 1, 50, 99, 100]);
  expect(quantile([7], 0.99)).toBe(7);
  // One slow answer in fifty is above p98 and not above p99.
  const slow = [...Array.from({ length: 49 }, () => 1), 1_000];
  expect([quantile(slow, 0.98), quantile(slow, 0.99)]).toEqual([1, 1_000]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('microseconds in, milliseconds out; of nothing there is no number', () => {
  expect(milliseconds([500, 1_500, 2_500], 0.5)).toBe(1.5);
  expect(milliseconds(null, 0.5)).toBeNaN();
});

test('rounds are put together: every answer counts once', () => {
  const all = merged([
    result({ wrong: { 'status 500': 2 } }),
    result({ latencies: [9_000], pieces: [5], wrong: { 'status 500': 1, 'no answer': 1 }, cpu: 2 }),
  ]);
  expect(all).toEqual({
    latencies: [1_000, 2_000, 9_000],
    late: [100, 200, 100, 200],
    pieces: [5],
    wrong: { 'status 500': 3, 'no answer': 1 },
    seconds: 20,
    cpu: 3,
  });
  expect(wrongs(all)).toBe(4);
});

test('a run in which the generator was the limit is none', () => {
  expect(() => assertValid(result())).not.toThrow();
  const busy = result({ cpu: 10 * LIMITS.share + 0.1 });
  expect(share(busy)).toBeGreaterThan(LIMITS.share);
  expect(() => assertValid(busy)).toThrow(Invalid);
  const late = result({ late: Array.from({ length: 100 }, (_, i) => (i < 98 ? 10 : 5_000)) });
  expect(lateness(late)).toBe(5);
  expect(() => assertValid(late)).toThrow('the load generator was 5.0 ms late itself at p99');
});
