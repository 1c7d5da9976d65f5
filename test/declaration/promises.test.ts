import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import { AgentEnvironment, type EnvironmentDeclaration, environment } from '../../lib';
import { kept, promises } from '../types/promises';
import { dataOf, plainBase, refusal } from './_data';
import { refusals } from './promises';

const ids = Object.keys(promises) as (keyof typeof promises)[];
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** Output of a program of this folder, run by a node that knows TypeScript but no types. */
const run = (file: string, input: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', join(__dirname, file)],
      { maxBuffer: 1e8 },
      (error, stdout) => (error === null ? resolve(JSON.parse(stdout)) : reject(error)),
    );
    child.stdin?.end(JSON.stringify(input));
  });

/** What only a program can declare: JSON has no functions. */
const NOT_JSON = new Set(['condition without window']);
const asData = Object.fromEntries(
  ids.filter((id) => !NOT_JSON.has(id)).map((id) => [id, asJson(dataOf(promises[id]))]),
);
// Both programs work while the tests below run.
const plainJavaScript = run('_plain.cjs', asData);
const uncheckedTypeScript = run('_unchecked.ts', undefined);

test('both lists hold the same promises', () => {
  expect(Object.keys(refusals)).toEqual(ids);
  expect(ids.length).toBeGreaterThan(80);
});

describe('what does not compile does not run', () => {
  test.each(ids)('%s', (id) => {
    expect(refusal(() => promises[id](environment))).toEqual(refusals[id]);
  });

  test('in plain JavaScript', async () => {
    expect(await plainJavaScript).toEqual(
      Object.fromEntries(Object.keys(asData).map((id) => [id, refusals[id as never]])),
    );
  });

  test('in TypeScript that nobody checked', async () => {
    expect(await uncheckedTypeScript).toEqual(refusals);
  });

  test('in the App of cdk8s, without environment()', () => {
    const inApp = ids.map((id) => [
      id,
      refusal(() => new AgentEnvironment(new App(), dataOf(promises[id]) as EnvironmentDeclaration)),
    ]);
    expect(Object.fromEntries(inApp)).toEqual(refusals);
  });
});

describe('what compiles runs', () => {
  test.each(Object.entries(kept))('%s', (_id, attempt) => {
    expect(refusal(() => attempt(environment))).toBeUndefined();
  });
});

describe('a key spread into any object', () => {
  const NAMES = /^(models|tools|agents|.*\.operations|.*\.arguments|.*\.pods|.*\.env)$/;
  type Node = Readonly<Record<string, unknown>>;

  /** A copy with one more key in every object but those whose keys are names, and where the keys are. */
  const spread = (value: unknown, path: string, added: string[]): unknown => {
    if (Array.isArray(value)) return value.map((v, i) => spread(v, `${path}[${i}]`, added));
    if (typeof value !== 'object' || value === null) return value;
    const inner = Object.entries(value as Node).map(([key, v]) => [
      key,
      spread(v, path === '' ? key : `${path}.${key}`, added),
    ]);
    if (NAMES.test(path)) return Object.fromEntries(inner);
    added.push(path === '' ? 'smuggled' : `${path}.smuggled`);
    return { ...Object.fromEntries(inner), ...{ smuggled: 1 } };
  };

  test('is found at every depth, all at once', () => {
    const added: string[] = [];
    const data = spread(plainBase(), '', added);
    const findings = refusal(() => environment(data as never)) ?? [];
    expect(findings.map((f) => f.path).sort()).toEqual(added.sort());
    expect(added.length).toBeGreaterThan(30);
    for (const finding of findings) expect(finding.expected).toMatch(/^no such key; there are [a-z]/);
  });
});
