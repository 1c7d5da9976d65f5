import { Log } from '../../../../services/governor/server/log';
import { Readiness } from '../../../../services/governor/server/readiness';

test('ready once every part is, and every change is told once', () => {
  const lines: string[] = [];
  const readiness = new Readiness(
    new Log(
      () => 0,
      (line) => void lines.push(line),
    ),
    ['store', 'keys'],
  );
  expect(readiness.unready).toBe('store: not yet\nkeys: not yet');
  readiness.set('store', undefined);
  readiness.set('store', undefined);
  readiness.set('keys', 'nobody answers');
  expect(readiness.unready).toBe('keys: nobody answers');
  readiness.set('keys', undefined);
  expect(readiness.unready).toBeUndefined();
  readiness.set('store', 'it went away');
  readiness.set('store', 'it went away');
  expect(readiness.unready).toBe('store: it went away');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'store ready', level: 'info' },
    { event: 'keys not ready', level: 'error', reason: 'nobody answers' },
    { event: 'keys ready' },
    { event: 'store not ready', reason: 'it went away' },
  ]);
});
