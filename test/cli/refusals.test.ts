import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../lib/errors';
import { app, firepit, node, project, ROOT, written } from '../support/cli';

/** An app that needs no environment to go wrong. */
const bare = (text: string): string => `import { App } from ${JSON.stringify(`${ROOT}/lib/app`)};\n${text}`;

describe('firepit refuses, with one clear error, and writes nothing', () => {
  test.concurrent.each<[name: string, apps: Record<string, string>, code: number, message: RegExp]>([
    [
      'an app that throws',
      { a: 'const x = 1;\nthrow new Error("no such team");' },
      5,
      /^error in apps\/a\.ts: the app threw: no such team \(apps\/a\.ts:2:7\)\n {2}fix: /,
    ],
    ['an app that throws text', { a: 'throw "no";' }, 5, /the app threw: no\n/],
    [
      'an app that throws later',
      { a: 'export {}; setTimeout(() => { throw new Error("late") }, 5);' },
      5,
      /the app threw: late/,
    ],
    [
      'an app that rejects',
      { a: 'export {}; (async () => { await 1; throw new Error("late") })();' },
      5,
      /the app threw: late/,
    ],
    ['an app that does not parse', { a: 'const = 1;' }, 5, /the app threw: [\s\S]*apps\/a\.ts:1:6/],
    [
      'an app that imports what is not there',
      { a: 'import "./nothing";' },
      5,
      /the app threw: Cannot find module '\.\/nothing'/,
    ],
    ['an app that ends the process', { a: 'process.exit(0);' }, 5, /the app ended the process/],
    ['an app that defines nothing', { a: 'export {};' }, 5, /the file defines no app/],
    [
      'the App of cdk8s',
      { a: 'import { App } from "cdk8s"; new App({ outdir: "nowhere" });' },
      5,
      /not App from 'cdk8s'/,
    ],
    [
      'an app that forgets synth()',
      { a: bare('new App();') },
      5,
      /never synthesizes it\n {2}fix: end it with app\.synth\(\)/,
    ],
    ['an app without environment', { a: bare('new App().synth();') }, 5, /the app has no environment/],
    ['no apps', {}, 5, /no apps: apps\/\*\.ts matches nothing/],
  ])('%s', async (_name, apps, code, message) => {
    const cwd = project(Object.fromEntries(Object.entries(apps).map(([name, text]) => [`apps/${name}.ts`, text])));
    const ran = await firepit(cwd, 'synth', '--no-typecheck');
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(written(cwd)).toEqual([]);
  });

  test('errors of every app are shown, and the sound ones beside them are not written', async () => {
    const cwd = project({
      'apps/good.ts': app('good'),
      'apps/bad.ts': 'throw new Error("x")',
      'apps/worse.ts': bare('new App()'),
    });
    const { code, stderr } = await firepit(cwd, 'synth', '--no-typecheck');
    expect(code).toBe(EXIT_CODES.app.code);
    expect(stderr).toMatch(/error in apps\/bad\.ts: [\s\S]*error in apps\/worse\.ts: /);
    expect(written(cwd)).toEqual([]);
  });

  test('two environments of one name', async () => {
    const cwd = project({ 'apps/a.ts': app('twin'), 'apps/b.ts': app('twin') });
    const { code, stderr } = await firepit(cwd, 'synth', '--no-typecheck');
    expect(code).toBe(EXIT_CODES.app.code);
    expect(stderr).toMatch(
      /^error in apps\/b\.ts: two environments are named 'twin': apps\/a\.ts and apps\/b\.ts\n {2}fix: /,
    );
    expect(written(cwd)).toEqual([]);
  });

  test('two environments in one app', async () => {
    const second = `new AgentEnvironment(app, supportDesk({ ...props, name: 'second' })); app.synth();`;
    const cwd = project({ 'apps/a.ts': app('first', { after: second }) });
    const { code, stderr } = await firepit(cwd, 'synth', '--no-typecheck');
    expect(code).toBe(EXIT_CODES.app.code);
    expect(stderr).toContain(
      "one app holds two environments, 'first' and 'second'\n  fix: give each an App of its own",
    );
    expect(written(cwd)).toEqual([]);
  });

  test('a declaration that is not valid', async () => {
    const cwd = project({ 'apps/a.ts': app('Not A Name') });
    const { code, stderr } = await firepit(cwd, 'synth', '--no-typecheck');
    expect(code).toBe(EXIT_CODES.declaration.code);
    expect(stderr).toMatch(/name\n {4}found: {4}"Not A Name"\n {4}expected: .*\n {4}fix: /);
    expect(written(cwd)).toEqual([]);
  });

  test('an environment below the bar: every finding, from synth and from check', async () => {
    const open = `
      new ApiObject(desk, 'open', { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'open', namespace: 'leaky' }, spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] } });
      new ApiObject(app.node.children[0], 'big', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'BIG', namespace: 'leaky' } });
      app.synth();`;
    const cwd = project({
      'apps/a.ts': app('leaky', { before: "const { ApiObject } = require('cdk8s');", after: open }),
    });
    for (const args of [['synth', '--no-typecheck'], ['check']]) {
      const { code, stderr } = await firepit(cwd, ...args);
      expect(code).toBe(EXIT_CODES.bar.code);
      expect(stderr).toContain('NetworkPolicy leaky/open');
      expect(stderr).toContain('object-name (objects)\n    object: ConfigMap leaky/BIG');
    }
    const { stdout } = await firepit(cwd, 'check', '--json');
    const { exitCode, environments, errors } = JSON.parse(stdout);
    expect(exitCode).toBe(EXIT_CODES.bar.code);
    expect(environments[0].findings).toEqual(errors[0].findings);
    expect(written(cwd)).toEqual([]);
  });

  test('the App of cdk8s refuses an environment below the bar as well', async () => {
    const cwd = project({
      'app.ts': app('leaky', {
        before: "const cdk8s = require('cdk8s');",
        after: `const plain = new cdk8s.App({ outdir: 'plain' });
          const leaky = new AgentEnvironment(plain, supportDesk({ ...props, name: 'leaky' }));
          new cdk8s.ApiObject(leaky, 'open', { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'open', namespace: 'leaky' }, spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] } });
          plain.synth();`,
      }),
    });
    const { code, stderr } = await node(cwd, ['app.ts']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('NetworkPolicy leaky/open');
  });

  test('output that cannot be written: every environment keeps what it had', async () => {
    const cwd = project({ 'apps/a.ts': app('a'), 'apps/b.ts': app('b'), 'dist/b/kustomization.yaml': 'mine' });
    const { code, stderr } = await firepit(cwd, 'synth', '--no-typecheck');
    expect(code).toBe(EXIT_CODES.output.code);
    expect(stderr).toMatch(
      /^error in apps\/b\.ts: dist\/b holds what firepit did not write, where it would write: kustomization\.yaml\n {2}fix: /,
    );
    expect(written(`${cwd}/dist`)).toEqual(['b']);
  });

  test.concurrent.each<[string[], RegExp]>([
    [['snyth'], /unknown command 'snyth'\n\(Did you mean synth\?\)/],
    [['synth', '--ouy', 'x'], /unknown option '--ouy'\n\(Did you mean --out\?\)/],
    [['synth', 'apps/b.ts'], /apps\/b\.ts is no file\n {2}fix: did you mean 'apps\/a\.ts'\?/],
    [[], /Usage: firepit/],
  ])('a command line that says nothing: %j', async (args, message) => {
    const { code, stdout, stderr } = await firepit(project({ 'apps/a.ts': '' }), ...args);
    expect({ code, stdout }).toEqual({ code: EXIT_CODES.usage.code, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
