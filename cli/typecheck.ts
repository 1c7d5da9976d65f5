import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { FirepitError } from '../lib/errors';
import { shown } from './apps';

const SKIP = 'or skip the type check with --no-typecheck (the declaration is checked at run time all the same)';

/** The project's own compiler. */
function compiler(): string {
  try {
    const manifest = createRequire(join(process.cwd(), 'package.json')).resolve('typescript/package.json');
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
  } catch {
    throw new FirepitError(
      'types',
      `TypeScript is not installed in ${process.cwd()}\n  fix: npm install --save-dev typescript, ${SKIP}`,
    );
  }
}

function needConfig(): void {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'tsconfig.json'))) return;
    if (folder === dirname(folder)) break;
  }
  throw new FirepitError(
    'types',
    `no tsconfig.json in ${process.cwd()} or above\n  fix: create one with "strict": true that includes the apps, ${SKIP}`,
  );
}

const run = (bin: string): Promise<{ readonly ok: boolean; readonly output: string }> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [bin, '--noEmit', '--listFiles', '--pretty', 'false'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', fail);
    child.on('close', (code) => done({ ok: code === 0, output }));
  });

/**
 * Checks the types of the project and that they include the apps.
 * @throws FirepitError `types`
 */
export async function typecheck(apps: readonly string[]): Promise<void> {
  const bin = compiler();
  needConfig();
  const { ok, output } = await run(bin);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const isFile = (line: string): boolean => isAbsolute(line) && !/: error TS\d+/.test(line);
  if (!ok) {
    const errors = lines.filter((line) => !isFile(line));
    throw new FirepitError(
      'types',
      `the type check found errors\n${errors.map((line) => `  ${line}`).join('\n')}\n  fix: correct them; nothing was written`,
    );
  }
  const files = new Set(lines.filter(isFile).map((line) => resolve(line)));
  const unchecked = apps.filter((app) => /\.[cm]?tsx?$/.test(app) && !files.has(app));
  if (unchecked.length > 0)
    throw new FirepitError(
      'types',
      `tsconfig.json leaves out ${unchecked.map(shown).join(', ')}\n  fix: add them to its "include", ${SKIP}`,
    );
}
