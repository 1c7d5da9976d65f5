import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { built } from '../cluster/build';
import { JudgeError } from './judge';

export const CHECKOV_VERSION = '3.3.30';

/** A Python that has checkov. */
export const checkovPython = (): string => pythonWith('checkov', CHECKOV_VERSION);

/** A Python that has a package, made once and kept outside the repository. @param more what it needs and does not name */
export function pythonWith(name: string, version: string, ...more: readonly string[]): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit');
  const folder = join(cache, `${name}-${version}`);
  if (!existsSync(folder)) {
    if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0)
      throw new JudgeError(`${name} needs Python 3.9 or newer with venv: apt-get install python3-venv`);
    process.stderr.write(`installing ${name} ${version} (once)\n`);
    mkdirSync(cache, { recursive: true });
    // What stops half-way is never seen under its name.
    const part = `${folder}.${process.pid}`;
    try {
      execFileSync('python3', ['-m', 'venv', part], { stdio: ['ignore', 'ignore', 'inherit'] });
      const pip = ['install', '--quiet', `${name}==${version}`, ...more];
      execFileSync(join(part, 'bin/pip'), pip, { stdio: ['ignore', 'ignore', 'inherit'] });
      renameSync(part, folder);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  return join(folder, 'bin/python');
}

/** A program of a Go module, built by the cluster's recipes. */
export const goProgram = async (family: 'kube-score' | 'kyverno' | 'helm', program: string): Promise<string> =>
  join(await built(family), program);

/** A program of the machine. */
export const onPath = (program: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
