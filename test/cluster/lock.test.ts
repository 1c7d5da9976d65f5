import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { locked } from '../../cluster/lock';

const folder = mkdtempSync(join(tmpdir(), 'firepit-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('two holders of one lock never work at the same time', async () => {
  const file = join(folder, 'a.lock');
  const events: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    events.push(`${name} begins`);
    // Long enough for the other to begin too, if it could.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    events.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([locked(file, work('one')), locked(file, work('two'))])).toEqual(['one', 'two']);
  const [first] = events[0]?.split(' ') ?? [];
  const second = first === 'one' ? 'two' : 'one';
  expect(events).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
});

test('a lock is free again after work that throws', async () => {
  const file = join(folder, 'b.lock');
  await expect(
    locked(file, () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await locked(file, () => 'yes')).toBe('yes');
});

test('a place that cannot be locked is an error', async () => {
  await expect(locked(join(folder, 'absent/c.lock'), () => 'never')).rejects.toThrow('cannot be locked');
});
