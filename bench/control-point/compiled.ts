import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformFileSync } from '@swc/core';

const ROOT = join(__dirname, '../..');
/** Inside of the packages' folder, so that they are found; and out of everybody's sight. */
const TARGET = join(ROOT, 'node_modules/.cache/firepit-bench');
/** What the governor's process is made of; the last two for the governor that keeps nothing. */
const FOLDERS = ['contract', 'services', 'test/services/governor/support', 'bench/control-point'];

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });

const compile = (source: string): void => {
  const target = join(TARGET, relative(ROOT, source)).replace(/\.ts$/, '.js');
  mkdirSync(dirname(target), { recursive: true });
  const { code } = transformFileSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  writeFileSync(target, code);
};

/**
 * Compiles the services as an image has them: a loader of TypeScript in the process would count as the governor's
 * memory. @returns the folder
 */
export function compiled(): string {
  rmSync(TARGET, { recursive: true, force: true });
  for (const folder of FOLDERS) for (const source of sources(join(ROOT, folder))) compile(source);
  for (const service of readdirSync(join(ROOT, 'services'))) {
    const own = join(ROOT, 'services', service, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(TARGET, 'services', service, 'node_modules'));
  }
  return TARGET;
}
