import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { until } from '../../dev/loopback';
import { ROOT } from '../support/cli';

const folder = mkdtempSync(join(tmpdir(), 'firepit-api-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the API, asks until nobody answers any more, says so, and stays. */
const SCRIPT = `
const { Api } = require(${JSON.stringify(join(ROOT, 'proof/api'))});
Api.open({ kubectl: process.argv[1] }).then(async (api) => {
  setInterval(() => {}, 1000);
  for (;;) await api.get('/version').catch(() => process.stdout.write('gone'));
});`;

test('a killed process leaves no folder, also where kubectl ended before it', async () => {
  const fake = join(folder, 'fake.json');
  writeFileSync(fake, JSON.stringify({ once: true, answers: { '/version': [200, { gitVersion: 'v1.36.3' }] } }));
  const args = ['--require', join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs'), '-e', SCRIPT];
  const child = spawn(process.execPath, [...args, join(ROOT, 'test/cli/_fake-kubectl.js')], {
    env: { ...process.env, FAKE: fake, TMPDIR: folder },
  });
  const proxies = (): string[] => readdirSync(folder).filter((name) => name.startsWith('firepit-proxy-'));
  await once(child.stdout, 'data');
  expect(proxies()).toHaveLength(1);
  child.kill('SIGKILL');
  await until('the folder goes', () => proxies().length === 0, 60);
});
