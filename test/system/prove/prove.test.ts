import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { until } from '../../../cluster/until';
import { EXIT_CODES } from '../../../lib/errors';
import { app, node, project, ROOT } from '../../support/cli';
import type { ApiServer } from '../cluster/api-server';
import { prepared } from '../cluster/prepared';

/** `firepit prove` and `firepit doctor` against an API server without Kyverno and without a node. */

let server: ApiServer;
let cwd: string;
beforeAll(async () => {
  server = await prepared();
  cwd = project({ 'apps/desk.ts': app('desk'), 'tmp/keep': '' });
}, 240_000);
afterAll(async () => {
  await server?.stop();
}, 60_000);

const kubectl = (): string => `${process.env.FIREPIT_KUBERNETES}/kubectl`;
const target = (kubeconfig = server.kubeconfig): string[] => ['--kubeconfig', kubeconfig, '--kubectl', kubectl()];
/** Others may have proxies too: these have a folder of their own. */
const own = (): { readonly TMPDIR: string } => ({ TMPDIR: join(cwd, 'tmp') });
const firepit = (...args: readonly string[]) => node(cwd, [join(ROOT, 'cli/main.ts'), ...args], own());
const copies = (): string[] =>
  server
    .get('namespaces', '-l', 'proof.firepit.dev/copy')
    .items.map((n: { metadata: { name: string } }) => n.metadata.name);
const policies = (): string[] =>
  server
    .get('validatingadmissionpolicies', '-l', 'proof.firepit.dev/copy')
    .items.map((p: { metadata: { name: string } }) => p.metadata.name);
const proxies = (): string[] => readdirSync(own().TMPDIR).filter((name) => name.startsWith('firepit-proxy-'));

/** Starts a proof and waits until its copy stands. */
async function started() {
  const child = spawn(
    process.execPath,
    [
      '--require',
      join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs'),
      join(ROOT, 'cli/main.ts'),
      'prove',
      'desk',
      ...target(),
    ],
    // A group of its own, as a shell gives it: Ctrl-C goes to all of it.
    { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...own() } },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until('the copy stands', () => policies().length > 10, 180);
  return { child, ended };
}

describe('firepit prove', () => {
  test('without Kyverno nothing passes: what it proves, what failed and what is unproven is told and written', async () => {
    const { code, stdout, stderr } = await firepit(
      'prove',
      'desk',
      ...target(),
      '--json',
      'p.json',
      '--junit',
      'p.xml',
      '--html',
      'p.html',
    );
    expect(stderr).toBe('');
    expect(code).toBe(EXIT_CODES.failed.code);
    expect(stdout).toMatch(
      /^failed {2}signatures\/foreign-image: it was let through: Kyverno does not verify images here$/m,
    );
    expect(stdout).toMatch(/^unproven {2}.*the signature check is not in force/m);
    expect(stdout).toMatch(/^unproven {2}network\/unmeasured: connections are measured with --probe-image/m);
    expect(stdout).toMatch(/desk is failed on Kubernetes v1\./);
    const proof = JSON.parse(readFileSync(join(cwd, 'p.json'), 'utf8'));
    expect(proof).toMatchObject({ version: 1, environment: 'desk', state: 'failed', left: [], interrupted: false });
    expect(proof.counts.proven).toBeGreaterThan(300);
    expect(readFileSync(join(cwd, 'p.xml'), 'utf8')).toContain(`failures="${proof.counts.failed}"`);
    expect(readFileSync(join(cwd, 'p.html'), 'utf8')).toContain('? unproven');
    expect([...copies(), ...policies(), ...proxies()]).toEqual([]);
  }, 600_000);

  test('a full disk is told, and no half report is left', () => {
    const full = join(cwd, 'full');
    mkdirSync(full);
    // The smallest file system there is: a page, and a name more.
    const script = `const { writeOutputs } = require(${JSON.stringify(join(ROOT, 'proof/outputs'))});
      try { writeOutputs([{ file: process.argv[1] + '/p.json', text: () => 'x'.repeat(1 << 20) }]); }
      catch (error) { console.log(error.message); }
      console.log(require('fs').readdirSync(process.argv[1]).length);`;
    const mounted = 'mount -t tmpfs -o size=4k small "$0" && exec "$@"';
    const tsx = ['--require', join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs'), '-e', script, full];
    const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', mounted, full, process.execPath, ...tsx], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/p\.json cannot be written: ENOSPC[^\n]*\n {2}fix: [^\n]*\n0\n$/);
  });

  test('Ctrl-C takes the copy away and is no pass', async () => {
    const { child, ended } = await started();
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended).not.toBe(EXIT_CODES.ok.code);
    expect([...copies(), ...policies(), ...proxies()]).toEqual([]);
  }, 600_000);

  test('what a killed run left goes with the next one', async () => {
    const { child, ended } = await started();
    child.kill('SIGKILL');
    await ended;
    expect(copies().length).toBeGreaterThan(0);
    await until('its proxy ends with it', () => proxies().length === 0);
    await firepit('doctor', ...target());
    expect([...copies(), ...policies()]).toEqual([]);
  }, 600_000);

  test('somebody without rights is told which, and nothing is made', async () => {
    const config = parse(readFileSync(server.kubeconfig, 'utf8'));
    const token = server.kubectl(['create', 'token', 'default', '-n', 'gateway-system']).stdout.trim();
    const restricted = join(cwd, 'restricted.kubeconfig');
    writeFileSync(restricted, stringify({ ...config, users: [{ name: 'admin', user: { token } }] }));
    const { code, stderr } = await firepit('prove', 'desk', ...target(restricted));
    expect(code).toBe(EXIT_CODES.cluster.code);
    expect(stderr).toMatch(/nothing can be proven: this user may not create namespaces/);
    const asked = await firepit('doctor', ...target(restricted));
    expect(asked.code).toBe(EXIT_CODES.failed.code);
    expect(asked.stdout).toMatch(/failed {4}permissions: not allowed: create namespaces/);
    expect(asked.stdout).toMatch(/unproven {2}pod-security: not asked: .*forbidden/);
    expect(copies()).toEqual([]);
  }, 300_000);

  test('a server that is not there', async () => {
    const config = parse(readFileSync(server.kubeconfig, 'utf8'));
    config.clusters[0].cluster.server = 'https://127.0.0.1:1';
    const nowhere = join(cwd, 'nowhere.kubeconfig');
    writeFileSync(nowhere, stringify(config));
    const { code, stdout, stderr } = await firepit('prove', 'desk', ...target(nowhere), '--json', 'never.json');
    expect({ code, stdout }).toEqual({ code: EXIT_CODES.cluster.code, stdout: '' });
    expect(stderr).toMatch(/the cluster does not answer: [\s\S]*fix: /);
    expect(existsSync(join(cwd, 'never.json'))).toBe(false);
  }, 120_000);
});

describe('firepit doctor', () => {
  test('tells what the cluster has and lacks, with the fix, and leaves nothing', async () => {
    const { code, stdout } = await firepit('doctor', ...target());
    expect(code).toBe(EXIT_CODES.failed.code);
    for (const id of ['version', 'clock', 'permissions', 'user-namespaces', 'image-volumes', 'pod-security'])
      expect(stdout).toMatch(new RegExp(`^proven {4}${id}: `, 'm'));
    expect(stdout).toMatch(/^failed {4}kyverno: .*\n\s+fix: install Kyverno/m);
    expect(stdout).toMatch(/^unproven {2}network-policy: not probed/m);
    expect(copies()).toEqual([]);
  }, 120_000);
});
