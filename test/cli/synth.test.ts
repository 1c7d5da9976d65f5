import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../lib/errors';
import { app, firepit, node, project, written } from '../support/cli';
import { readTree } from '../support/golden';

const tree = (...path: string[]): Record<string, string> => Object.fromEntries(readTree(join(...path)));

describe('firepit synth', () => {
  test('writes what the app alone writes, byte for byte, and says so', async () => {
    const cwd = project({
      'apps/a.ts': app('a'),
      'apps/b.ts': app('b'),
      'apps/shared/none.ts': 'throw 1',
      'apps/c.d.ts': '',
    });
    const { code, stdout, stderr } = await firepit(cwd, 'synth', '--no-typecheck');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^wrote 2 environments, \d+ objects to dist\nexample images: a, b cannot run: their product images come from an example lock file\n$/,
    );
    expect(written(cwd)).toEqual(['dist']);
    expect(written(join(cwd, 'dist'))).toEqual(['a', 'b']);
    const expected = tree(cwd, 'dist');
    expect(Object.keys(expected)).toContain('a/kustomization.yaml');
    // WHEN the apps run without the command, elsewhere, or again
    expect((await node(cwd, ['apps/a.ts'], { CDK8S_OUTDIR: 'plain' })).code).toBe(0);
    expect((await node(cwd, ['apps/b.ts'], { CDK8S_OUTDIR: 'plain' })).code).toBe(0);
    expect(tree(cwd, 'plain')).toEqual(expected);
    const again = await firepit(cwd, 'synth', '--no-typecheck', '--out', 'again');
    expect(again.stdout).toContain('to again\n');
    expect(tree(cwd, 'again')).toEqual(expected);
    expect((await firepit(cwd, 'synth', '--no-typecheck')).stdout).toContain('to dist (all unchanged)\n');
  });

  test('says why an agent under gVisor or Kata has no Falco rules, and writes none', async () => {
    const gvisor = app('a', { after: 'app.synth();' }).replace(
      "supportDesk({ ...props, name: 'a' })",
      "{ ...supportDesk({ ...props, name: 'a' }), agents: { triage: { ...supportDesk({ ...props, name: 'a' }).agents.triage, isolation: { kind: 'gvisor' as const } } } }",
    );
    const cwd = project({ 'apps/a.ts': gvisor });
    const { code, stdout } = await firepit(cwd, 'synth', '--no-typecheck');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note: a: .*triage.*gVisor.*Falco/m);
    expect(Object.keys(tree(cwd, 'dist')).filter((file) => file.includes('falco'))).toEqual([]);
    const plain = project({ 'apps/a.ts': app('a') });
    expect((await firepit(plain, 'synth', '--no-typecheck')).stdout).not.toContain('note:');
    expect(Object.keys(tree(plain, 'dist')).filter((file) => file.includes('falco'))).toHaveLength(1);
  });

  test('waits for an app that is asynchronous', async () => {
    const cwd = project({
      'apps/a.ts': `import 'node:fs'; setTimeout(() => { require('./later') }, 10);`,
      'apps/b.ts': app('b'),
      'apps/later/index.ts': app('a'),
    });
    expect(await firepit(cwd, 'synth', '--no-typecheck')).toMatchObject({ code: 0, stderr: '' });
    expect(written(join(cwd, 'dist'))).toEqual(['a', 'b']);
  });

  test('--json has one shape, for success and for failure, whatever the app prints', async () => {
    const cwd = project({ 'apps/a.ts': app('a', { before: "console.log('noise');" }) });
    const good = await firepit(cwd, 'synth', '--no-typecheck', '--json');
    expect(JSON.parse(good.stdout)).toEqual({
      command: 'synth',
      exitCode: 0,
      environments: [
        {
          name: 'a',
          app: 'apps/a.ts',
          folder: 'dist/a',
          objects: expect.any(Number),
          changed: true,
          exampleImages: true,
          notices: [],
          suppressed: [],
        },
      ],
      errors: [],
    });
    expect(good.stderr).toBe('noise\n');
    writeFileSync(join(cwd, 'apps/b.ts'), 'throw new Error("x")');
    const bad = await firepit(cwd, 'synth', '--no-typecheck', '--json');
    expect({ ...JSON.parse(bad.stdout), code: bad.code }).toEqual({
      command: 'synth',
      exitCode: EXIT_CODES.app.code,
      environments: [],
      errors: [
        {
          exit: 'app',
          code: EXIT_CODES.app.code,
          app: 'apps/b.ts',
          message: expect.stringContaining('the app threw: x'),
          findings: [],
        },
      ],
      code: EXIT_CODES.app.code,
    });
  });

  test('checks types first, with the compiler of the project', async () => {
    const cwd = project({
      'apps/a.ts': 'export const x: number = "text";',
      'tsconfig.json': JSON.stringify({
        compilerOptions: { strict: true, types: [], skipLibCheck: true },
        include: ['apps'],
      }),
    });
    const wrong = await firepit(cwd, 'synth');
    expect(wrong.code).toBe(EXIT_CODES.types.code);
    expect(wrong.stderr).toMatch(
      /^error: the type check found errors\n {2}apps\/a\.ts\(1,14\): error TS2322: .*\n {2}fix: /,
    );
    writeFileSync(
      join(cwd, 'tsconfig.json'),
      JSON.stringify({ files: [], compilerOptions: { types: [] }, include: [] }),
    );
    writeFileSync(join(cwd, 'other.ts'), '');
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify({ files: ['other.ts'], compilerOptions: { types: [] } }));
    const left = await firepit(cwd, 'synth');
    expect(left.code).toBe(EXIT_CODES.types.code);
    expect(left.stderr).toMatch(/^error: tsconfig\.json leaves out apps\/a\.ts\n/);
    rmSync(join(cwd, 'tsconfig.json'));
    expect((await firepit(cwd, 'synth')).stderr).toMatch(/^error: no tsconfig\.json in /);
    rmSync(join(cwd, 'node_modules'));
    const none = await firepit(cwd, 'synth');
    expect(none.stderr).toMatch(
      /^error: TypeScript is not installed in .*\n {2}fix: npm install --save-dev typescript, or skip/,
    );
    expect(none.code).toBe(EXIT_CODES.types.code);
  });
});

describe('firepit list', () => {
  test('lists what a declaration holds and what becomes of it', async () => {
    const cwd = project({ 'apps/a.ts': app('a') });
    const { code, stdout } = await firepit(cwd, 'list');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^a \(apps\/a\.ts, kubernetes 1\.36\)\n {2}entry {2}gateway: https:\/\/a\.example\.com\n {2}entry {2}approvals: .*\n {2}agent {2}triage: 1 × deployment, userNamespace\n/,
    );
    expect(stdout).toContain('purge (destructive, internal)');
    const { environments } = JSON.parse((await firepit(cwd, 'list', '--json')).stdout);
    expect(environments[0]).toMatchObject({
      name: 'a',
      entries: [{ name: 'gateway', url: 'https://a.example.com', outside: true }, { name: 'approvals' }],
      agents: [{ name: 'triage', models: ['claude'] }],
      tools: [{ name: 'tickets' }, { name: 'crm' }],
      models: [{ name: 'claude', host: 'api.anthropic.com' }],
    });
    expect(environments[0].objects[0]).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      name: 'a-control',
      path: '00-namespace/a-control.yaml',
    });
    expect(written(cwd)).toEqual([]);
  });

  test('--secrets prints commands that hold no value', async () => {
    const cwd = project({ 'apps/a.ts': app('a') });
    const { stdout } = await firepit(cwd, 'list', '--secrets');
    expect(stdout).toContain(
      '  a-control/postgres\n    ca.crt: CA certificate of the database\n    password: password of firepit for the database x\n    kubectl create secret generic postgres --namespace=a-control --from-file=ca.crt=./postgres-ca.crt --from-file=password=./postgres-password\n',
    );
    expect(stdout).not.toContain('--from-literal');
  });
});

describe('firepit check', () => {
  test('says that an environment is above the bar', async () => {
    const cwd = project({ 'apps/a.ts': app('a') });
    const { code, stdout } = await firepit(cwd, 'check');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^a: above the minimum bar \(\d+ rules passed, /);
    expect(readFileSync(join(cwd, 'apps/a.ts'), 'utf8')).toBe(app('a'));
    expect(written(cwd)).toEqual([]);
  });
});
