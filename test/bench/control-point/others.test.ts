import { busyBetween } from '../../../bench/control-point/others';

const stat = (...times: number[]): string => `cpu  ${times.join(' ')}\ncpu0 1 2 3\n`;

test('time in which processors worked; waiting for the disk is not work, and a guest counts once', () => {
  const before = stat(100, 0, 50, 1_000, 20, 0, 0, 0, 7, 0);
  expect(busyBetween(before, stat(130, 0, 70, 1_040, 30, 0, 0, 0, 37, 0))).toBe(50);
  expect(busyBetween(before, stat(100, 0, 50, 1_100, 20, 0, 0, 0, 7, 0))).toBe(0);
  expect(busyBetween(before, stat(150, 0, 100, 1_000, 20, 0, 0, 0, 7, 0))).toBe(100);
});
