import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';

/** Where golden trees are kept: real files that a reviewer reads and kubectl can apply. */
export const GOLDEN = join(__dirname, '../golden');

const MAX_SHOWN = 5;

interface Context {
  readonly snapshotState?: { readonly _updateSnapshot?: string };
  readonly utils: { diff(a: string, b: string, options?: object): string | null };
}

/** The files below a folder: path → text. */
export function readTree(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function writeTree(folder: string, tree: ReadonlyMap<string, string>): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of tree) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** One line or diff for each file that differs. */
function differences(
  golden: ReadonlyMap<string, string>,
  tree: ReadonlyMap<string, string>,
  { diff }: Context['utils'],
): string[] {
  return [...new Set([...golden.keys(), ...tree.keys()])].sort().flatMap((path) => {
    const [expected, received] = [golden.get(path), tree.get(path)];
    if (expected === received) return [];
    if (expected === undefined) return [`new, not in the golden tree: ${path}`];
    if (received === undefined) return [`stale, no longer synthesized: ${path}`];
    return [`differs: ${path}\n${diff(expected, received, { expand: false, contextLines: 3 })}`];
  });
}

/** `expect(tree).toMatchGolden('support-desk-dev')`: compares files with `test/golden/<name>/`. */
function toMatchGolden(
  this: Context,
  tree: ReadonlyMap<string, string>,
  name: string,
  folder: string = GOLDEN,
): { readonly pass: boolean; readonly message: () => string } {
  const found = differences(readTree(join(folder, name)), tree, this.utils);
  if (found.length === 0) return { pass: true, message: () => `the golden tree ${name} matches` };
  const update = this.snapshotState?._updateSnapshot === 'all';
  if (update && !process.env.CI) {
    writeTree(join(folder, name), tree);
    return { pass: true, message: () => `the golden tree ${name} was updated` };
  }
  const more = found.length > MAX_SHOWN ? [`… and ${found.length - MAX_SHOWN} more files`] : [];
  const fix = update
    ? 'golden trees are not updated under CI: run `npx jest -u` at your desk and commit the result'
    : 'if the change is intended, run `npx jest -u`, review the diff and commit it';
  return {
    pass: false,
    message: () => [`golden tree ${name}:`, ...found.slice(0, MAX_SHOWN), ...more, fix].join('\n\n'),
  };
}

expect.extend({ toMatchGolden });

declare global {
  namespace jest {
    interface Matchers<R> {
      /** Compares a tree of files with `test/golden/<name>/`; updated by jest's `-u`, never under CI. */
      toMatchGolden(name: string, folder?: string): R;
    }
  }
}
