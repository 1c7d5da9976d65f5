import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FirepitError } from '../errors';

/** Files to write: path below the environment's folder, and text. */
export type Tree = ReadonlyMap<string, string>;

export const KUSTOMIZATION = 'kustomization.yaml';
/** Lists what Firepit wrote into a folder, and so what it may replace and remove there. */
export const OWNED = '.firepit';
const OWNED_HEAD = '# Files in this folder that firepit wrote: it replaces and removes these, and no others.';

/** The text of {@link OWNED} for a tree. */
export const ownedText = (tree: Tree): string => `${[OWNED_HEAD, ...[...tree.keys()].sort()].join('\n')}\n`;

/** What stands in a folder, seen from files that are to be written there. */
export interface Inventory {
  /** Files that Firepit wrote. */
  readonly owned: readonly string[];
  /** Files and whole folders that it did not write. */
  readonly foreign: readonly string[];
  /** Those of them that stand where a file or its folder would be. */
  readonly inTheWay: readonly string[];
}

/** Paths of all folders above some files. */
function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end));
  return folders;
}

/** The files that Firepit wrote into a folder, by its own list. */
export function ownedOf(folder: string): Set<string> {
  const stat = lstatSync(join(folder, OWNED), { throwIfNoEntry: false });
  if (stat === undefined) return new Set();
  const [head, ...paths] = stat.isFile() ? readFileSync(join(folder, OWNED), 'utf8').split('\n') : [];
  if (head !== OWNED_HEAD)
    throw new FirepitError(
      'output',
      `${join(folder, OWNED)} is not the list of files that firepit wrote\n  fix: restore it, or remove ${folder} and run again`,
    );
  return new Set([...paths.filter((path) => path !== ''), OWNED]);
}

/**
 * Compares a folder with files that are to be written there. Follows no symbolic link: a link is something that Firepit
 * did not write.
 */
export function inventory(folder: string, files: ReadonlySet<string>): Inventory {
  const listed = ownedOf(folder);
  const wanted = foldersOf(files);
  const shared = new Set([...foldersOf(listed), ...wanted]);
  const owned: string[] = [];
  const foreign: string[] = [];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below + entry.name;
      if (entry.isDirectory() && shared.has(path)) walk(`${path}/`);
      else (entry.isFile() && listed.has(path) ? owned : foreign).push(path);
    }
  };
  walk('');
  return { owned, foreign, inTheWay: foreign.filter((path) => files.has(path) || wanted.has(path)) };
}
