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
import { FirepitError } from '../errors';
import { inventory, OWNED, ownedOf, ownedText, type Tree } from './tree';

/** One environment's files and the folder they belong to: `<outdir>/<name>/`. */
export interface Output {
  readonly outdir: string;
  readonly name: string;
  readonly tree: Tree;
}

interface Staged {
  readonly target: string;
  /** The new files, beside the target. */
  readonly fresh: string;
  /** Where the previous files go while the new ones take their place. */
  readonly previous: string;
}

const sideBySide = ({ outdir, name }: Output, pid: number, role: 'new' | 'old'): string =>
  join(outdir, `.firepit-${name}.${pid}.${role}`);

const refuse = (message: string, fix: string): FirepitError => new FirepitError('output', `${message}\n  fix: ${fix}`);

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
function discard(folder: string): void {
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

/** Writes the new files beside the target. Undefined: nothing would change. */
function stage(output: Output): Staged | undefined {
  const target = join(output.outdir, output.name);
  mkdirSync(output.outdir, { recursive: true });
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
function swap({ target, fresh, previous }: Staged, undo: (() => void)[]): void {
  const replaces = existsSync(target);
  if (replaces) {
    renameSync(target, previous);
    undo.push(() => renameSync(previous, target));
  }
  renameSync(fresh, target);
  undo.push(() => renameSync(target, fresh));
  if (replaces) adopt(previous, target, undo);
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'something is there already',
  ENAMETOOLONG: 'the path is too long',
  EBUSY: 'it is in use',
};

const asRefusal = (error: unknown): unknown =>
  isSystemError(error)
    ? refuse(
        `cannot write ${error.path ?? 'the output'}: ${REASONS[error.code ?? ''] ?? error.message}`,
        'correct that, or write elsewhere with --out (CDK8S_OUTDIR)',
      )
    : error;

/** Takes back what was done, last first. */
function rollBack(undo: readonly (() => void)[], staged: readonly Staged[]): void {
  try {
    for (const step of undo.toReversed()) step();
    for (const { fresh } of staged) rmSync(fresh, { recursive: true, force: true });
  } catch (error) {
    const folders = staged.map(({ previous }) => previous).join(', ');
    throw refuse(
      `the previous output could not be put back (${String(error)}); it is in ${folders}`,
      'run again: the next run puts it back first',
    );
  }
}

/** Removes previous folders; what cannot be removed now is removed by the next run. */
function cleanUp(staged: readonly Staged[]): void {
  for (const { previous } of staged)
    try {
      if (existsSync(previous)) discard(previous);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
}

/**
 * Writes environments, all or none: everything is staged beside its target first, then swapped in. Whatever Firepit did
 * not write stays where it is; what it wrote before and no longer writes goes.
 * @returns for each output, whether anything changed
 * @throws FirepitError `output`; the previous output is whole
 */
export function writeAll(outputs: readonly Output[]): boolean[] {
  const staged: Staged[] = [];
  const undo: (() => void)[] = [];
  try {
    const changed = outputs.map((output) => {
      const one = stage(output);
      if (one !== undefined) staged.push(one);
      return one !== undefined;
    });
    for (const one of staged) swap(one, undo);
    cleanUp(staged);
    return changed;
  } catch (error) {
    rollBack(undo, staged);
    throw asRefusal(error);
  }
}
