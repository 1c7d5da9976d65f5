import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const ROOT = join(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'firepit-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const typedoc = (...args: readonly string[]) => {
  const program = join(ROOT, 'node_modules/typedoc/bin/typedoc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--out', join(folder, 'out'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
};

test('every name that the package exports is described, and every link leads somewhere', () => {
  const { status, said } = typedoc();
  expect([status, status === 0 ? '' : said]).toEqual([0, '']);
}, 120_000);

test('a name without a description, and a broken link, are refused', () => {
  mkdirSync(join(folder, 'src'));
  const entry = join(folder, 'src/index.ts');
  writeFileSync(entry, 'export const bare = 1;\n/** See {@link nothing}. */\nexport const linked = 2;\n');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true }, include: ['src'] }));
  const { status, said } = typedoc(
    '--validation.notExported',
    'false',
    '--entryPoints',
    entry,
    '--tsconfig',
    join(folder, 'tsconfig.json'),
  );
  expect(status).not.toBe(0);
  expect(said).toContain('bare (Variable)');
  expect(said).toContain('nothing');
}, 120_000);
