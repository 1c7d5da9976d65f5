import { StoredHistory } from '../../../../services/governor/store/history';
import { needsOf } from '../../../../services/governor/store/needs';
import { Sequences } from '../../../../services/governor/store/sequences';
import type { Ask, Database } from '../../../../services/state';

const historyOver = (ask: Ask, problems: string[] = []) =>
  new StoredHistory({
    reader: { database: { ask } as Database, environment: 'desk', needs: needsOf({}) },
    sequences: new Sequences(1000),
    clock: () => 0,
    problem: (error) => problems.push(error.message),
    milliseconds: 20,
  });

test('a database that does not answer is a no, with the reason for the log', async () => {
  const problems: string[] = [];
  const silent = historyOver(() => new Promise(() => {}), problems);
  await expect(silent.past('triage', undefined)).rejects.toMatchObject({ code: 'unavailable' });
  expect(problems).toEqual(['the past was not read within 20 ms']);
});

test('a database that fails is a no, and once it works again there is a past', async () => {
  let fails = true;
  const history = historyOver(async () => {
    if (fails) throw new Error('connection refused');
    return [];
  });
  await expect(history.past('triage', undefined)).rejects.toMatchObject({ code: 'unavailable' });
  fails = false;
  expect(await history.past('triage', undefined)).toEqual({ events: [], claims: [], used: new Set(), head: '' });
});
