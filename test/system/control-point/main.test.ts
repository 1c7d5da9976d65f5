import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { files } from '../../services/governor/support/environment';
import { Pki } from '../envoy/pki';
import { freePorts, mountFiles, until } from '../envoy/run';

const root = mkdtempSync(join(tmpdir(), 'firepit-main-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const MAIN = join(__dirname, '../../../services/governor/main.ts');
const start = (...args: string[]) => {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { cwd: join(__dirname, '../../..') });
  running.push(child);
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => void said.push(String(text)));
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return { child, exited, said: () => said.join('') };
};
const page = (port: number, path: string): Promise<readonly [status: number, text: string]> =>
  new Promise((done) => {
    request({ port, path, host: '127.0.0.1', timeout: 2000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => done([response.statusCode ?? 0, text]));
    })
      .on('error', () => done([0, '']))
      .end();
  });

/** The files that lib writes, with ports of this machine and a change. */
const written = async (edit: (config: Record<string, unknown>) => void = () => undefined) => {
  const { file } = files(root);
  const [decide = 0, health = 0, metrics = 0] = await freePorts(3);
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.listen = { decide, health, metrics };
  edit(config);
  writeFileSync(file, JSON.stringify(config));
  return { file, health };
};

test('a bad file: it stays, is never ready, says why in the log and to probes, and ends when told to', async () => {
  const { file, health } = await written((config) => {
    config.environment = 7;
  });
  const { child, exited, said } = start('--config', file, '--root', root);
  await until('it answers probes', async () => (await page(health, '/live'))[0] === 200, 60);
  const [status, why] = await page(health, '/ready');
  expect(status).toBe(503);
  expect(why).toContain('environment: found 7; expected:');
  expect(said().split('\n').filter(Boolean)).toHaveLength(1);
  expect(JSON.parse(said())).toMatchObject({ level: 'error', event: 'configuration not ready' });
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
}, 120_000);

test('without its database and keys: it stays, is not ready, says why, and takes no question', async () => {
  const { cert, key, ca } = new Pki(join(root, 'pki')).leaf('governor.desk-control.svc');
  mountFiles(root, '/etc/firepit/tls', { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
  mountFiles(root, '/etc/firepit/state/password', { password: 'x' });
  const { file, health } = await written();
  const { child, exited, said } = start('--config', file, '--root', root);
  await until('it says why', async () => (await page(health, '/ready'))[1].includes('keys: https://'), 60);
  const [status, why] = await page(health, '/ready');
  expect(status).toBe(503);
  expect(why).toMatch(/store: .+/);
  expect(why).toContain('server: not yet');
  expect(said()).not.toMatch(/\n\s+at /);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
}, 120_000);

test('called wrongly: one message and a code of its own', async () => {
  const { exited, said } = start('--confg', 'x');
  expect(await exited).toBe(2);
  expect(said().split('\n').filter(Boolean)).toHaveLength(1);
}, 60_000);
