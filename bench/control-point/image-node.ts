import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed } from './installed';

const BASE = join(__dirname, '../../image/base');
const PACKAGE = `node-linux-${process.arch}`;

/**
 * The Node that images start services with, by the lock file of their base: another one says little about a governor.
 * @throws Error where it cannot be installed
 */
export function imageNode(): string {
  const { optionalDependencies } = JSON.parse(readFileSync(join(BASE, 'package.json'), 'utf8'));
  const version = optionalDependencies[PACKAGE];
  const node = join('node_modules', PACKAGE, 'bin/node');
  const folder = installed(`image-node-${version}`, `Node ${version}`, (fresh) => {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(BASE, file), join(fresh, file));
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', `--prefix=${fresh}`];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    if (!existsSync(join(fresh, node))) throw new Error(`no Node for linux ${process.arch}; expected: x64 or arm64`);
  });
  return join(folder, node);
}
