/** Compiles the package into build/. */
const { spawnSync } = require('node:child_process');
const { chmodSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const build = join(root, 'build');
rmSync(build, { recursive: true, force: true });
const tsc = require.resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) {
  // Half a build is worse than none.
  rmSync(build, { recursive: true, force: true });
  process.exit(status ?? 1);
}

const command = join(build, 'cli/main.js');
if (!readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n')) throw new Error(`${command} has no shebang`);
chmodSync(command, 0o755);
