import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { until } from '../../../cluster/until';

const ROOT = join(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'firepit-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const alive = (pid: string): boolean => existsSync(`/proc/${pid}`);

test('a program ends with the test that started it, also when nobody could ask it to', async () => {
  const file = join(folder, 'pid');
  const script = `const { Program } = require(${JSON.stringify(join(__dirname, 'process'))});
    new Program('sleeper', 'sh', ['-c', 'echo $$ > ${file}; exec sleep 1000'], '${folder}/log', '${folder}');
    setInterval(() => undefined, 1000);`;
  const starter = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script], { cwd: ROOT, stdio: 'ignore' });
  const pid = (): string => (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
  await until('it runs', () => pid() !== '');
  expect(alive(pid())).toBe(true);
  starter.kill('SIGKILL');
  await until('it is gone', () => !alive(pid()));
});

test('a worker of jest ends with jest, also in the middle of a test', async () => {
  const [file, worker] = [join(folder, 'worker'), join(folder, 'worker.js')];
  const environment = JSON.stringify(join(__dirname, '../dies-with-jest.js'));
  writeFileSync(
    worker,
    `require(${environment}).diesWithJest(); require('fs').writeFileSync('${file}', String(process.pid)); setInterval(() => undefined, 1000);`,
  );
  const script = `require('child_process').fork(${JSON.stringify(worker)}); setInterval(() => undefined, 1000);`;
  const jest = spawn(process.execPath, ['-e', script], { cwd: ROOT, stdio: 'ignore' });
  const pid = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  await until('it runs', () => pid() !== '');
  expect(alive(pid())).toBe(true);
  jest.kill('SIGKILL');
  await until('it is gone', () => !alive(pid()));
});
