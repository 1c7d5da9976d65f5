import { type Database, databaseSink, written } from '../../../services/state';
import { decision } from './example';

const DURABLE = { fsync: 'on', commit: 'on' };

/** A server that keeps what it is given, and answers as it is told to. */
const server = (answers: readonly (Error | 'answers')[]) => {
  const asked: unknown[][] = [];
  const database = {
    kind: 'postgres',
    ask: async (_: string, values: unknown[]): Promise<Record<string, unknown>[]> => {
      const answer = answers[asked.push(values) - 1];
      if (answer instanceof Error) throw answer;
      return [{ answers: '7', ...DURABLE }];
    },
  } as unknown as Database;
  return { asked, sink: databaseSink(database) };
};
const error = (code: string): Error => Object.assign(new Error(code), { code });

test.each(['ECONNRESET', '57P01', '08006'])('%s: the same entries are asked for once more', async (code) => {
  const { asked, sink } = server([error(code), 'answers']);
  expect(await sink.keep([written(decision())])).toEqual([undefined]);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toEqual(asked[0]);
});

test('a connection that breaks again is a failure', async () => {
  const { asked, sink } = server([error('ECONNRESET'), error('ECONNRESET')]);
  await expect(sink.keep([written(decision())])).rejects.toThrow('ECONNRESET');
  expect(asked).toHaveLength(2);
});

test('what the server says itself is not asked again', async () => {
  const { asked, sink } = server([error('23505')]);
  await expect(sink.keep([written(decision())])).rejects.toThrow('23505');
  expect(asked).toHaveLength(1);
});
