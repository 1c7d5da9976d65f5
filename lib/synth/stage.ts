import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { refuse } from './refusal';
import { inventory, OWNED, ownedOf, ownedText, type Tree } from './tree';

/** One environment's files and the folder they belong to: `<outdir>/<name>/`. */
export interface Output {
  readonly outdir: string;
  readonly name: string;
  readonly tree: Tree;
}

/** New files beside their target. */
export interface Staged {
  readonly target: string;
  /** The new files, beside the target. */
  readonly fresh: string;
  /** Where the previous files go while the new ones take their place. */
  readonly previous: string;
}

const sideBySide = ({ outdir, name }: Output, pid: number, role: 'new' | 'old'): string =>
  join(outdir, `.firepit-${name}.${pid}.${role}`);

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
};

/** Moves what Firepit did not write from the previous folder into the target; returns how to take it back. */
function adopt(previous: string, target: string, undo: (() => void)[]): void {
  for (const path of inventory(previous, ownedOf(target)).foreign) {
    const [from, to] = [join(previous, path), join(target, path)];
    if (existsSync(to))
      throw refuse(`${to} is in the way of a file that firepit did not write`, `move ${from} elsewhere`);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
    undo.push(() => renameSync(to, from));
  }
}

/** Removes a folder that holds nothing but what Firepit wrote; anything else in it stays. */
export function discard(folder: string): void {
  const { owned } = inventory(folder, new Set());
  for (const path of owned) rmSync(join(folder, path));
  const prune = (below: string): void => {
    for (const entry of readdirSync(below, { withFileTypes: true }))
      if (entry.isDirectory()) prune(join(below, entry.name));
    if (readdirSync(below).length === 0) rmdirSync(below);
  };
  prune(folder);
}

/** Brings order into what a killed run left behind: the previous output comes back, half-made files go. */
function recover(output: Output, target: string): void {
  const pattern = new RegExp(`^\\.firepit-${output.name}\\.(\\d+)\\.(new|old)$`);
  for (const entry of readdirSync(output.outdir)) {
    const [, pid, role] = pattern.exec(entry) ?? [];
    if (pid === undefined) continue;
    const folder = join(output.outdir, entry);
    if (alive(Number(pid)))
      throw refuse(`process ${pid} is writing ${target}`, `wait for it; if it is no firepit, remove ${folder}`);
    if (role === 'new') rmSync(folder, { recursive: true });
    else if (!existsSync(target)) renameSync(folder, target);
    else {
      adopt(folder, target, []);
      discard(folder);
    }
  }
}

/** Whether the target already holds exactly these files. */
const isCurrent = (target: string, files: Tree, owned: readonly string[]): boolean =>
  owned.length === files.size && owned.every((path) => files.get(path) === readFileSync(join(target, path), 'utf8'));

/** Writes the new files beside the target, in a folder that exists. Undefined: nothing would change. */
export function stage(output: Output): Staged | undefined {
  const target = join(output.outdir, output.name);
  recover(output, target);
  const files: Tree = new Map([...output.tree, [OWNED, ownedText(output.tree)]]);
  const stat = lstatSync(target, { throwIfNoEntry: false });
  if (stat !== undefined) {
    if (!stat.isDirectory())
      throw refuse(
        `${target} is ${stat.isSymbolicLink() ? 'a symbolic link' : 'a file'}, expected a folder or nothing`,
        'remove it, or write elsewhere with --out',
      );
    const { owned, inTheWay } = inventory(target, new Set(files.keys()));
    if (inTheWay.length > 0)
      throw refuse(
        `${target} holds what firepit did not write, where it would write: ${inTheWay.join(', ')}`,
        'move these elsewhere, or write elsewhere with --out',
      );
    if (isCurrent(target, files, owned)) return undefined;
  }
  const fresh = sideBySide(output, process.pid, 'new');
  try {
    mkdirSync(fresh);
    for (const folder of new Set([...files.keys()].map(dirname))) mkdirSync(join(fresh, folder), { recursive: true });
    for (const [path, text] of files) writeFileSync(join(fresh, path), text, { flag: 'wx' });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
  return { target, fresh, previous: sideBySide(output, process.pid, 'old') };
}

/** Puts the new files in the place of the previous ones. */
export function swap({ target, fresh, previous }: Staged, undo: (() => void)[]): void {
  const replaces = existsSync(target);
  if (replaces) {
    renameSync(target, previous);
    undo.push(() => renameSync(previous, target));
  }
  renameSync(fresh, target);
  undo.push(() => renameSync(target, fresh));
  if (replaces) adopt(previous, target, undo);
}
