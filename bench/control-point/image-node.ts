import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const BASE = join(__dirname, '../../image/base');
const PACKAGE = `node-linux-${process.arch}`;

/**
 * The Node that images start services with, by the lock file of their base: another one says little about a governor.
 * Installed once, into the cache outside of the repository.
 * @throws Error where it cannot be installed
 */
export function imageNode(): string {
  const { optionalDependencies } = JSON.parse(readFileSync(join(BASE, 'package.json'), 'utf8'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit');
  const folder = join(cache, `image-node-${optionalDependencies[PACKAGE]}`);
  const node = join('node_modules', PACKAGE, 'bin/node');
  if (!existsSync(join(folder, node))) {
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(BASE, file), join(fresh, file));
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', `--prefix=${fresh}`];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    if (!existsSync(join(fresh, node))) throw new Error(`no Node for linux ${process.arch}; expected: x64 or arm64`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  }
  return join(folder, node);
}
