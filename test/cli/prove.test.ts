import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../lib/errors';
import { checkOutputs, writeOutputs } from '../../proof/outputs';
import { app, node, project, type Ran, ROOT } from '../support/cli';

const KUBECTL = join(__dirname, '_fake-kubectl.js');
const VERSION = [200, { gitVersion: 'v1.36.3' }];
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const allowed = (yes: boolean) => [201, { status: { allowed: yes } }];

/** The command in a project with one environment, before a cluster that answers so. */
function run(fake: object, ...args: readonly string[]): Promise<Ran & { readonly cwd: string }> {
  const cwd = project({ 'apps/desk.ts': app('desk'), 'fake.json': JSON.stringify(fake) });
  mkdirSync(join(cwd, 'folder'));
  const env = { FAKE: join(cwd, 'fake.json'), TMPDIR: temporary };
  return node(cwd, [join(ROOT, 'cli/main.ts'), ...args, '--kubectl', KUBECTL], env).then((ran) => ({ ...ran, cwd }));
}
/** Where proxies have their sockets. */
const temporary = mkdtempSync(join(tmpdir(), 'firepit-prove-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
const proxies = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('firepit-proxy-'));

describe('firepit prove says what is wrong, once, and touches nothing', () => {
  test.each<[string, object, readonly string[], keyof typeof EXIT_CODES, RegExp]>([
    [
      'a kubeconfig that is not there',
      { error: 'stat nowhere: no such file or directory' },
      ['desk', '--kubeconfig', 'nowhere'],
      'cluster',
      /cannot reach the cluster: error: stat nowhere[\s\S]*fix: name a kubeconfig/,
    ],
    [
      'a context that is not there',
      { error: 'context "other" does not exist' },
      ['desk', '--context', 'other'],
      'cluster',
      /context "other" does not exist[\s\S]*fix: name a context/,
    ],
    [
      'a cluster that does not answer',
      { answers: { '*': [502, { message: 'dial tcp 192.0.2.1:6443: connection refused' }] } },
      ['desk'],
      'cluster',
      /the cluster does not answer: dial tcp[\s\S]*fix: check the server/,
    ],
    [
      'a cluster that knows nobody',
      { answers: { '*': [401, { message: 'Unauthorized' }] } },
      ['desk'],
      'cluster',
      /knows nobody by this kubeconfig: Unauthorized[\s\S]*fix: log in again/,
    ],
    [
      'a user without rights',
      { answers: { '/version': VERSION, [`POST ${REVIEWS}`]: allowed(false) } },
      ['desk'],
      'cluster',
      /nothing can be proven: this user may not create namespaces, [\s\S]*impersonate users[\s\S]*nothing was made/,
    ],
    [
      'an environment that nobody declared',
      { answers: { '/version': VERSION, [`POST ${REVIEWS}`]: allowed(true) } },
      ['dusk'],
      'usage',
      /no app declares the environment dusk[\s\S]*fix: .*desk/,
    ],
    [
      'a report in a folder that is not there',
      { error: 'nobody should ask' },
      ['desk', '--html', 'nowhere/proof.html'],
      'output',
      /nowhere\/proof\.html cannot be written: the folder .*nowhere does not exist/,
    ],
    [
      'a report that is a folder',
      { error: 'nobody should ask' },
      ['desk', '--junit', 'folder'],
      'output',
      /folder cannot be written: it is a folder/,
    ],
    ['no environment', {}, [], 'usage', /missing required argument 'environment'/],
  ])('%s', async (_what, fake, args, exit, message) => {
    const { code, stdout, stderr } = await run(fake, 'prove', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: EXIT_CODES[exit].code, stdout: '' });
  });

  test('an app that is below the bar is not tried', async () => {
    const cwd = project({
      'apps/desk.ts': app('desk', {
        before: `import { JsonPatch } from 'cdk8s';`,
        after: `for (const c of desk.node.findAll() as any[]) if (c.kind === 'NetworkPolicy') c.addJsonPatch(JsonPatch.replace('/spec', { podSelector: {}, egress: [{}] }));\napp.synth();`,
      }),
      'fake.json': JSON.stringify({ answers: { '/version': VERSION, [`POST ${REVIEWS}`]: allowed(true) } }),
    });
    const { code, stderr } = await node(cwd, [join(ROOT, 'cli/main.ts'), 'prove', 'desk', '--kubectl', KUBECTL], {
      FAKE: join(cwd, 'fake.json'),
    });
    expect(code).toBe(EXIT_CODES.bar.code);
    expect(stderr).toContain('below the minimum bar');
  });

  test('kubectl that is not installed', async () => {
    const cwd = project({ 'apps/desk.ts': app('desk') });
    const { code, stderr } = await node(cwd, [
      join(ROOT, 'cli/main.ts'),
      'prove',
      'desk',
      '--kubectl',
      './not-kubectl',
    ]);
    expect(code).toBe(EXIT_CODES.cluster.code);
    expect(stderr).toMatch(/not-kubectl[\s\S]*fix: install kubectl, or name it with --kubectl/);
  });

  test('leaves no proxy behind', () => {
    expect(proxies()).toEqual([]);
  });
});

describe('firepit doctor', () => {
  const group = (kinds: readonly string[]) => [
    200,
    { resources: kinds.map((kind) => ({ kind, name: `${kind.toLowerCase()}s`, namespaced: true })) },
  ];
  const old = {
    '/version': [200, { gitVersion: 'v1.29.4' }],
    [`POST ${REVIEWS}`]: allowed(true),
    '/api/v1': group(['Namespace', 'ConfigMap', 'Secret', 'Pod', 'Service']),
  };

  test('tells an old cluster from a new one, with the fix, and never passes', async () => {
    const { code, stdout } = await run({ answers: old }, 'doctor');
    expect(code).toBe(EXIT_CODES.failed.code);
    expect(stdout).toMatch(/failed {4}version: Kubernetes v1\.29\.4\n\s+fix: upgrade to 1\.36/);
    expect(stdout).toMatch(/failed {4}admission-policies: not served: .*MutatingAdmissionPolicy/);
    expect(stdout).toMatch(/failed {4}kyverno-policies: not served/);
    expect(stdout).not.toMatch(/^proven {4}(kyverno|falco|cert-manager|network-policy|pod-security)/m);
  });

  test('every finding that is not good has a fix, and JSON holds the same', async () => {
    const { code, stdout } = await run({ answers: old }, 'doctor', '--json');
    const { exitCode, findings } = JSON.parse(stdout);
    expect({ code, exitCode }).toEqual({ code: EXIT_CODES.failed.code, exitCode: EXIT_CODES.failed.code });
    const open = findings.filter(({ state }: { state: string }) => state !== 'proven');
    expect(open.length).toBeGreaterThan(5);
    for (const { fix } of open) expect(fix).toMatch(/.{10}/);
  });

  test('a clock that is wrong is told, with by how much', async () => {
    const date = new Date(Date.now() - 3_605_000).toUTCString();
    const { stdout } = await run({ answers: old, date }, 'doctor');
    expect(stdout).toMatch(/failed {4}clock: the clocks differ by 36\d\d s\n\s+fix: synchronize the clocks/);
    expect((await run({ answers: old }, 'doctor')).stdout).toMatch(/proven {4}clock: /);
  });

  test('a cluster that does not answer is one error, in JSON too', async () => {
    const { code, stdout } = await run({ error: 'no configuration has been provided' }, 'doctor', '--json');
    expect(code).toBe(EXIT_CODES.cluster.code);
    expect(JSON.parse(stdout).errors).toMatchObject([{ exit: 'cluster' }]);
  });
});

test('a report that cannot be written leaves nothing half', () => {
  const cwd = project({ 'taken/full': '' });
  const outputs = [{ file: join(cwd, 'taken'), text: () => 'report' }];
  expect(() => writeOutputs(outputs, undefined)).toThrow(/taken cannot be written: .*\n {2}fix: /);
  expect(readdirSync(cwd).filter((name) => name.includes('part'))).toEqual([]);
});

test('a report replaces what stood there in one step', () => {
  const cwd = project({ 'old.json': 'old' });
  const outputs = [{ file: join(cwd, 'old.json'), text: (n: number) => `${n}` }];
  checkOutputs(outputs as never);
  writeOutputs(outputs, 7);
  expect(readdirSync(cwd).filter((name) => name.includes('old'))).toEqual(['old.json']);
  expect(readFileSync(join(cwd, 'old.json'), 'utf8')).toBe('7');
});
