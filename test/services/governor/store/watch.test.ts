import { type RunState, Watch } from '../../../../services/governor/store/watch';
import type { Ask, Database } from '../../../../services/state';

// The clock is the test's: a busy machine is no silent database.
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});
const pass = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);

test('while nobody knows, calls in progress are told so, and told again when somebody does', async () => {
  let away = false;
  const ask = (async () => {
    if (away) throw new Error('away');
    return [{ id: 'run-1', state: 'open', turned: '-1' }];
  }) as unknown as Ask;
  const problems: string[] = [];
  const watch = new Watch({ ask } as Database, (error) => problems.push(error.message), 5, 30);
  const told: RunState[] = [];
  const end = watch.add('run-1', (state) => told.push(state));
  await pass(20);
  expect(told).toEqual(['open']);
  away = true;
  await pass(25);
  expect(told).toEqual(['open']);
  await pass(20);
  expect(told).toEqual(['open', 'unknown']);
  expect(problems).toContain('away');
  away = false;
  await pass(10);
  end();
  expect(told).toEqual(['open', 'unknown', 'open']);
});

test('a database that never answers is not known', async () => {
  const ask = (() => new Promise(() => {})) as unknown as Ask;
  const watch = new Watch({ ask } as Database, () => {}, 5, 30);
  const told: RunState[] = [];
  watch.add('run-1', (state) => told.push(state));
  await pass(25);
  expect(told).toEqual([]);
  await pass(20);
  watch.close();
  expect(told).toEqual(['unknown']);
});

test('who ended is told nothing more', async () => {
  let answer: (rows: unknown[]) => void = () => {};
  const ask = (() => new Promise((resolve) => (answer = resolve))) as unknown as Ask;
  const watch = new Watch({ ask } as Database, () => {}, 5);
  const told: RunState[] = [];
  watch.add('run-1', (state) => told.push(state))();
  answer([{ id: 'run-1', state: 'stopped', turned: '4' }]);
  await pass(0);
  expect(told).toEqual([]);
});
