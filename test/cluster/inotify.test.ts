import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { withInotify } from '../../cluster/inotify';
import { until } from '../../cluster/until';

const folder = mkdtempSync(join(tmpdir(), 'firepit-inotify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [setting, kept] = [join(folder, 'setting'), join(folder, 'kept')];
const set = (): string => readFileSync(setting, 'utf8').trim();
const held = <T>(work: () => T): Promise<T> => withInotify(async () => work(), setting, kept);

beforeEach(() => {
  rmSync(kept, { force: true });
  writeFileSync(setting, '128\n');
});

test('there is room while work goes on; afterwards the setting is as it was', async () => {
  expect(await held(set)).toBe('1024');
  expect(set()).toBe('128');
  await expect(
    held(() => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(set()).toBe('128');
});

test('a machine that has room is left alone', async () => {
  writeFileSync(setting, '8192\n');
  expect(await held(set)).toBe('8192');
  expect(set()).toBe('8192');
});

test('whoever ends first takes nothing from the others', async () => {
  let finish = (): void => undefined;
  const first = held(() => new Promise<void>((done) => (finish = done)));
  await until('there is room', () => set() === '1024');
  expect(await held(set)).toBe('1024');
  expect(set()).toBe('1024');
  finish();
  await first;
  expect(set()).toBe('128');
});

test('what somebody sets meanwhile stays', async () => {
  await held(() => writeFileSync(setting, '4096\n'));
  expect(set()).toBe('4096');
});

test('what a killed holder left raised, the next one puts back', async () => {
  const script = join(__dirname, '../../cluster/inotify.sh');
  const holder = spawn('sh', [script, 'hold', setting, kept], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((done) => holder.stdout?.once('data', done));
  const gone = new Promise((done) => holder.once('close', done));
  holder.kill('SIGKILL');
  await gone;
  expect(set()).toBe('1024');
  expect(await held(set)).toBe('1024');
  expect(set()).toBe('128');
});

// Both are numbers that not even root may change.
test('where it is too low and cannot be raised, nothing runs and the error says what to set', async () => {
  const ran: string[] = [];
  const work = withInotify(async () => ran.push('work'), '/proc/sys/kernel/cap_last_cap', kept);
  await expect(work).rejects.toThrow(
    /^fs\.inotify\.max_user_instances is \d+, and .* need 1024; fix: sysctl -w fs\.inotify\.max_user_instances=1024/,
  );
  expect(ran).toEqual([]);
  expect(await withInotify(async () => 'yes', '/proc/sys/kernel/ngroups_max', kept)).toBe('yes');
});

test('where nobody counts, work runs', async () => {
  expect(await withInotify(async () => 'yes', join(folder, 'not-linux'), kept)).toBe('yes');
});
