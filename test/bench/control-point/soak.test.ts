import { expect, test } from '@jest/globals';
import { growth, growthRow, type Sample } from '../../../bench/control-point/soak';

const samples = (minutes: number, megabytes: (minute: number) => number): Sample[] =>
  Array.from({ length: minutes * 30 }, (_, i) => ({ minutes: i / 30, megabytes: megabytes(i / 30) }));

test('growth is the slope, whatever the noise around it', () => {
  expect(growth(samples(10, (minute) => 100 + 2 * minute))).toBeCloseTo(2);
  expect(growth(samples(10, (minute) => 100 + (Math.round(minute * 30) % 2) * 8))).toBeCloseTo(0, 1);
});

test('what fills up at the beginning is no growth', () => {
  const filled = samples(10, (minute) => 100 + Math.min(minute, 2) * 50);
  expect(growthRow('governor', 10, filled)).toMatchObject({ value: 0, unit: 'MB/min', goal: 1, held: true });
});

test('a leak does not hold, and neither does a run without samples', () => {
  expect(
    growthRow(
      'governor',
      10,
      samples(10, (minute) => 100 + 1.5 * minute),
    ),
  ).toMatchObject({ held: false });
  expect(growthRow('governor', 10, [])).toMatchObject({ held: false });
});
