import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ApiObject, Chart, JsonPatch, Lazy } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { AgentEnvironment, App, FirepitError } from '../lib';
import type { Synthesis } from '../lib/synth/driver';
import { withSession } from '../lib/synth/session';
import { desk } from './support/desk';
import { readTree } from './support/golden';

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'firepit-app-'));
});
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

const deskIn = (app: App, name = 'desk'): AgentEnvironment => new AgentEnvironment(app, desk({ name }));
const configMap = (scope: Chart, name: string, namespace = 'desk-control') =>
  new ApiObject(scope, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { a: 'b' } });
const refusal = (action: () => unknown): FirepitError => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(FirepitError);
    return error as FirepitError;
  }
  throw new Error('it did not refuse');
};

describe('App', () => {
  test('writes its environment below the output folder, the same on every run', () => {
    const write = (folder: string): Map<string, string> => {
      const app = new App({ outdir: join(outdir, folder) });
      deskIn(app);
      app.synth();
      return readTree(join(outdir, folder));
    };
    const first = write('a');
    expect(first.has('desk/kustomization.yaml')).toBe(true);
    expect(write('b')).toEqual(first);
  });

  test('outdir: the property, else CDK8S_OUTDIR, else dist', () => {
    const before = process.env.CDK8S_OUTDIR;
    try {
      process.env.CDK8S_OUTDIR = 'from-environment';
      expect([new App({ outdir: 'x' }).outdir, new App().outdir]).toEqual(['x', 'from-environment']);
      delete process.env.CDK8S_OUTDIR;
      expect(new App().outdir).toBe('dist');
    } finally {
      if (before !== undefined) process.env.CDK8S_OUTDIR = before;
    }
  });

  test('synthYaml is what synth writes, in order', () => {
    const app = new App({ outdir });
    deskIn(app);
    const documents = parseAllDocuments(app.synthYaml(), { version: '1.1' }).map((d) => d.toJS());
    expect(existsSync(join(outdir, 'desk'))).toBe(false);
    app.synth();
    const paths = [...readTree(join(outdir, 'desk')).keys()].filter((path) => path.includes('/'));
    expect(documents).toHaveLength(paths.length);
    expect(documents[0].kind).toBe('Namespace');
  });

  test('writes and judges objects of plain cdk8s, inside the environment and beside it, with patches and tokens', () => {
    const app = new App({ outdir });
    const environment = deskIn(app);
    configMap(environment, 'inside').addJsonPatch(JsonPatch.replace('/data/a', 'patched'));
    const beside = new Chart(app, 'beside');
    new ApiObject(beside, 'lazy', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'beside', namespace: 'desk-control' },
      data: { a: Lazy.any({ produce: () => 'late' }) },
    });
    app.synth();
    const tree = readTree(join(outdir, 'desk/30-configmap'));
    expect(tree.get('desk-control.inside.yaml')).toContain('a: patched');
    expect(tree.get('desk-control.beside.yaml')).toContain('a: late');
  });

  test('asks each construct once, and the bar once', () => {
    const app = new App({ outdir });
    const environment = deskIn(app);
    let [asked, judged] = [0, 0];
    environment.node.addValidation({ validate: () => [void asked++].flatMap(() => []) });
    const check = environment.check.bind(environment);
    environment.check = () => {
      judged++;
      return check();
    };
    app.synth();
    // The App judges by itself, everything it holds.
    expect({ asked, judged }).toEqual({ asked: 1, judged: 0 });
  });

  test('refuses with every finding at once: bar, limits, constructs; the previous output stays', () => {
    const write = (spoil: (environment: AgentEnvironment, app: App) => void): void => {
      const app = new App({ outdir });
      spoil(deskIn(app), app);
      app.synth();
    };
    write(() => {});
    const before = readTree(outdir);
    const error = refusal(() =>
      write((environment, app) => {
        configMap(environment, 'twice');
        configMap(new Chart(app, 'beside'), 'twice');
        new ApiObject(new Chart(app, 'hole'), 'open', {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'open', namespace: 'desk' },
          spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
        });
        environment.node.addValidation({ validate: () => ['the moon is full'] });
      }),
    );
    expect(error.exit).toBe('bar');
    const found = error.findings as { readonly rule: string; readonly object: string; readonly problem: string }[];
    expect(found).toContainEqual(
      expect.objectContaining({ rule: 'object-duplicate', object: 'ConfigMap desk-control/twice' }),
    );
    expect(found).toContainEqual(expect.objectContaining({ rule: 'construct', problem: 'the moon is full' }));
    expect(found.some(({ rule, object }) => !rule.startsWith('object-') && object === 'NetworkPolicy desk/open')).toBe(
      true,
    );
    for (const { object } of found) expect(error.message).toContain(object);
    expect(readTree(outdir)).toEqual(before);
  });

  test('refuses an app without environment, with two, and an object that cannot be finished', () => {
    expect(refusal(() => new App({ outdir }).synth())).toMatchObject({
      exit: 'app',
      message: expect.stringContaining('has no environment'),
    });
    const two = new App({ outdir });
    deskIn(two, 'a');
    deskIn(two, 'b');
    expect(refusal(() => two.synth()).message).toBe(
      "synth(): one app holds two environments, 'a' and 'b'\n  fix: give each an App of its own",
    );
    const broken = new App({ outdir });
    configMap(deskIn(broken), 'x').addJsonPatch(JsonPatch.remove('/spec/nothing'));
    expect(refusal(() => broken.synth())).toMatchObject({ exit: 'app', message: expect.stringContaining('desk/x') });
    const nameless = new App({ outdir });
    configMap(deskIn(nameless), 'x').addJsonPatch(JsonPatch.remove('/metadata/name'));
    expect(refusal(() => nameless.synth()).findings).toContainEqual(expect.objectContaining({ rule: 'object-shape' }));
    expect(existsSync(join(outdir, 'desk'))).toBe(false);
  });

  test('inside a session it hands over and writes nothing', async () => {
    const seen: [string, unknown][] = [];
    await withSession(
      {
        created: (app) => seen.push(['created', app]),
        synthesized: (_app, { declaration }: Synthesis, folder) =>
          seen.push(['synthesized', `${folder} ${declaration.name}`]),
        refused: (_app, error) => seen.push(['refused', (error as Error).message.split('\n')[0]]),
      },
      async () => {
        const app = new App({ outdir });
        deskIn(app);
        app.synth();
        new App().synth();
      },
    );
    expect(seen.map(([what]) => what)).toEqual(['created', 'synthesized', 'created', 'refused']);
    expect(seen[1]?.[1]).toBe(`${outdir} desk`);
    expect(seen[3]?.[1]).toBe('synth(): the app has no environment');
    expect(existsSync(join(outdir, 'desk'))).toBe(false);
  });
});
