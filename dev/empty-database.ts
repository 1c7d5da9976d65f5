import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDatabase } from '../services/state';

/** An empty one is good for the version that made it. */
const keptIn = (): string => {
  const { version } = JSON.parse(
    readFileSync(join(dirname(require.resolve('@electric-sql/pglite')), '../package.json'), 'utf8'),
  ) as { readonly version: string };
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', `pglite-${version}`);
};
const make = async (folder: string): Promise<void> => (await openDatabase(`pglite:${folder}`, 'owner')).close();

/** Copies a folder so that it appears whole or not at all. */
function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const work = mkdtempSync(`${to}.`);
  try {
    cpSync(from, join(work, 'folder'), { recursive: true });
    chmodSync(join(work, 'folder'), 0o700);
    renameSync(join(work, 'folder'), to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Puts an empty database where there is none. Making one takes seconds: it is done once for a machine, and copied.
 * @param from where the one to copy is kept @default - in the user's cache, by version
 * @param empty makes one
 */
export async function placeEmptyDatabase(folder: string, from: string = keptIn(), empty = make): Promise<void> {
  if (existsSync(folder)) return;
  if (existsSync(from)) {
    copy(from, folder);
    return;
  }
  await empty(folder);
  try {
    copy(folder, from);
  } catch {
    // A cache that cannot be written costs seconds, the next time too.
  }
}
