import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { isAlive } from '../lib/alive';

test('a process that runs is alive, one that ended is not', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(spawnSync(process.execPath, ['--version']).pid)).toBe(false);
});
