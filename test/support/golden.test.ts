import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readTree } from './golden';

const ROOT = join(__dirname, '../..');
const TREE = { a: '1\n', 'b/c': '2\n' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firepit-golden-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'jest.config.js'),
    `if (process.argv.includes('--ci')) process.env.CI = 'true';
     module.exports = { ...require(${JSON.stringify(join(ROOT, 'jest.config.js'))}), roots: ['<rootDir>'], setupFilesAfterEnv: [${JSON.stringify(join(ROOT, 'test/support/setup.ts'))}] };`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(join(folder, 'golden'), { recursive: true, force: true }));

/** Runs jest on one test that compares TREE with golden/x. */
function jest(
  args: readonly string[],
  env: Record<string, string> = {},
): { readonly ok: boolean; readonly output: string } {
  writeFileSync(
    join(folder, 'x.test.ts'),
    `test('x', () => { expect(new Map(Object.entries(${JSON.stringify(TREE)}))).toMatchGolden('x', ${JSON.stringify(join(folder, 'golden'))}); });`,
  );
  const { CI: _, ...inherited } = process.env;
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/jest/bin/jest.js'), '--rootDir', folder, '--no-cache', ...args],
    { cwd: folder, env: { ...inherited, NO_COLOR: '1', ...env }, encoding: 'utf8' },
  );
  return { ok: status === 0, output: stderr };
}
const golden = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, 'golden/x', path, '..'), { recursive: true });
    writeFileSync(join(folder, 'golden/x', path), text);
  }
};
const kept = (): Record<string, string> => Object.fromEntries(readTree(join(folder, 'golden/x')));

describe('toMatchGolden', () => {
  test('passes when every file is the same', () => {
    golden(TREE);
    expect(jest([]).ok).toBe(true);
  });

  test('fails for what is new, stale and different, names the files, and writes nothing', () => {
    golden({ a: '0\n', stale: '' });
    const { ok, output } = jest([]);
    expect(ok).toBe(false);
    expect(output).toContain('differs: a');
    expect(output).toContain('- 0');
    expect(output).toContain('new, not in the golden tree: b/c');
    expect(output).toContain('stale, no longer synthesized: stale');
    expect(kept()).toEqual({ a: '0\n', stale: '' });
  });

  test('-u writes the tree and removes what is stale', () => {
    golden({ a: '0\n', stale: '' });
    expect(jest(['-u']).ok).toBe(true);
    expect(kept()).toEqual(TREE);
  });

  test.each<[string, string[], Record<string, string>]>([
    ['--ci', ['-u', '--ci'], {}],
    ['CI', ['-u'], { CI: 'true' }],
  ])('-u is refused under %s', (_name, args, env) => {
    const { ok, output } = jest(args, env);
    expect(ok).toBe(false);
    expect(output).toContain('not updated under CI');
    expect(kept()).toEqual({});
  });
});
