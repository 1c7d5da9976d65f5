import { draining } from '../../../../services/governor/store/drain';
import type { Database, Spool } from '../../../../services/state';

test('a spool is emptied as long as something is in it, one attempt at a time', async () => {
  jest.useFakeTimers();
  let size = 0;
  let answer: (error?: Error) => void = () => {};
  const asked: number[] = [];
  const spool = {
    get size() {
      return size;
    },
    drain: () => {
      asked.push(size);
      return new Promise<number>((resolve, reject) => {
        answer = (error) => (error === undefined ? resolve(size) : reject(error));
      });
    },
  } as unknown as Spool;
  const problems: string[] = [];
  const end = draining(spool, {} as Database, (error) => problems.push(error.message));
  await jest.advanceTimersByTimeAsync(3_000);
  expect(asked).toEqual([]);
  size = 5;
  await jest.advanceTimersByTimeAsync(3_000);
  expect(asked).toEqual([5]);
  answer(new Error('away'));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual([5, 5]);
  expect(problems).toEqual(['away']);
  answer();
  await jest.advanceTimersByTimeAsync(0);
  size = 7;
  const ended = end();
  expect(asked).toEqual([5, 5, 7]);
  answer(new Error('still away'));
  await ended;
  await jest.advanceTimersByTimeAsync(3_000);
  expect(asked).toEqual([5, 5, 7]);
  expect(problems).toEqual(['away', 'still away', '7 bytes in the spool wait for the database, and the governor ends']);
  jest.useRealTimers();
});
