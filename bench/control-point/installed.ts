import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Installs into the cache outside of the repository, once for each version.
 * @param name of the folder, with the version
 * @param install fills the folder, which counts once this has ended @returns the folder
 */
export function installed(name: string, title: string, install: (folder: string) => void): string {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', name);
  const mark = join(folder, 'installed');
  if (existsSync(mark)) return folder;
  process.stderr.write(`installing ${title} (once)\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  install(folder);
  writeFileSync(`${mark}.part`, '');
  renameSync(`${mark}.part`, mark);
  return folder;
}
