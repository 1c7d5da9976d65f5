import { type RunState, Watch } from '../../../../services/governor/store/watch';
import type { Ask, Database } from '../../../../services/state';

const DEADLINE_MS = 5_000;
const until = async (done: () => boolean): Promise<void> => {
  const deadline = Date.now() + DEADLINE_MS;
  while (!done() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
};

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
  await until(() => told.length > 0);
  away = true;
  await until(() => told.length > 1);
  away = false;
  await until(() => told.length > 2);
  end();
  expect(told).toEqual(['open', 'unknown', 'open']);
  expect(problems).toContain('away');
});

test('a database that never answers is not known', async () => {
  const ask = (() => new Promise(() => {})) as unknown as Ask;
  const watch = new Watch({ ask } as Database, () => {}, 5, 30);
  const told: RunState[] = [];
  watch.add('run-1', (state) => told.push(state));
  await until(() => told.length > 0);
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
  await new Promise(setImmediate);
  expect(told).toEqual([]);
});
