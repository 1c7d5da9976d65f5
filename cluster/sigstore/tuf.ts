import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { built } from '../build';

/**
 * A TUF repository with one target, made by go-tuf's own program.
 * @param folder it is made here; `repository` in it is what a mirror serves
 * @param target file that becomes the target of its name
 * @returns the served folder, and the text of its root
 */
export async function tufRepository(folder: string, target: string): Promise<{ served: string; root: string }> {
  const program = join(await built('go-tuf'), 'tuf');
  const tuf = (...args: readonly string[]): void => {
    execFileSync(program, ['-d', folder, '--insecure-plaintext', ...args], { stdio: 'pipe' });
  };
  const name = target.slice(dirname(target).length + 1);
  mkdirSync(folder, { recursive: true });
  tuf('init');
  for (const role of ['root', 'targets', 'snapshot', 'timestamp']) tuf('gen-key', role);
  cpSync(target, join(folder, 'staged', 'targets', name));
  tuf('add', name);
  for (const step of ['snapshot', 'timestamp', 'commit']) tuf(step);
  const served = join(folder, 'repository');
  return { served, root: readFileSync(join(served, 'root.json'), 'utf8') };
}
