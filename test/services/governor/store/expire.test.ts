import { expiring } from '../../../../services/governor/store/expire';

test('runs are forgotten a day after they expired, every hour, also after a failure', async () => {
  jest.useFakeTimers();
  const asked: number[] = [];
  const problems: string[] = [];
  const runs = {
    expire: async (before: number): Promise<number> => {
      if (asked.push(before) === 1) throw new Error('away');
      return 0;
    },
  };
  const end = expiring(
    runs,
    () => 100_000_000,
    (error) => problems.push(error.message),
  );
  await jest.advanceTimersByTimeAsync(2 * 3_600_000);
  end();
  await jest.advanceTimersByTimeAsync(2 * 3_600_000);
  jest.useRealTimers();
  expect(asked).toEqual([13_600_000, 13_600_000]);
  expect(problems).toEqual(['away']);
});
