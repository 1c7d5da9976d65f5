import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Tree } from '../../lib/synth/tree';
import { type Output, writeAll } from '../../lib/synth/write';
import fc from '../support/property';

const TREE = { '00-namespace/e.yaml': 'a: 1\n', '51-deployment/e.triage.yaml': 'b: 1\n', 'kustomization.yaml': 'c\n' };
const treeOf = (files: Record<string, string>): Tree => new Map(Object.entries(files));

let outdir: string;
beforeEach(() => {
  outdir = fs.mkdtempSync(join(tmpdir(), 'firepit-write-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(outdir, { recursive: true, force: true });
});

const output = (files: Record<string, string> = TREE, name = 'e'): Output => ({ outdir, name, tree: treeOf(files) });
const write = (files?: Record<string, string>, name?: string): boolean[] => writeAll([output(files, name)]);
const put = (path: string, text: string): void => {
  fs.mkdirSync(join(outdir, path, '..'), { recursive: true });
  fs.writeFileSync(join(outdir, path), text);
};
/** Everything below the output folder: path → text, folders end in a slash, links show their target. */
const everything = (): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(outdir, { recursive: true, withFileTypes: true })
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name);
        const shown = path.slice(outdir.length + 1);
        if (entry.isSymbolicLink()) return [shown, `-> ${fs.readlinkSync(path)}`];
        return entry.isDirectory() ? [`${shown}/`, ''] : [shown, fs.readFileSync(path, 'utf8')];
      })
      .filter(([path]) => path !== 'e/.firepit' && path !== 'f/.firepit')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
const files = (): Record<string, string> =>
  Object.fromEntries(Object.entries(everything()).filter(([path]) => !path.endsWith('/')));
const under = (folder: string, tree: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(tree).map(([path, text]) => [`${folder}/${path}`, text]));

/** Fails the nth call of a function of `fs`, as the system would. */
const failAt = (method: 'writeFileSync' | 'renameSync' | 'mkdirSync', nth: number, code: string): void => {
  const real = fs[method] as (...args: unknown[]) => unknown;
  let calls = 0;
  jest.spyOn(fs, method as 'renameSync').mockImplementation((...args: unknown[]) => {
    if (++calls === nth) throw Object.assign(new Error(code), { code, syscall: method, path: String(args[0]) });
    return real(...args) as undefined;
  });
};

describe('writeAll', () => {
  test('writes a tree, its list, and nothing else', () => {
    expect(write()).toEqual([true]);
    expect(files()).toEqual(under('e', TREE));
    expect(fs.readFileSync(join(outdir, 'e/.firepit'), 'utf8')).toBe(
      '# Files in this folder that firepit wrote: it replaces and removes these, and no others.\n00-namespace/e.yaml\n51-deployment/e.triage.yaml\nkustomization.yaml\n',
    );
  });

  test('replaces what changed and removes what it no longer writes, with the folders that leaves empty', () => {
    write();
    write({ '00-namespace/e.yaml': 'a: 2\n', 'kustomization.yaml': 'c\n' });
    expect(Object.keys(everything())).toEqual([
      'e/',
      'e/00-namespace/',
      'e/00-namespace/e.yaml',
      'e/kustomization.yaml',
    ]);
    expect(files()['e/00-namespace/e.yaml']).toBe('a: 2\n');
  });

  test('touches nothing when nothing changed', () => {
    write();
    const before = fs.statSync(join(outdir, 'e')).ino;
    expect(write()).toEqual([false]);
    expect(fs.statSync(join(outdir, 'e')).ino).toBe(before);
    put('e/00-namespace/e.yaml', 'edited');
    expect(write()).toEqual([true]);
    expect(files()).toEqual(under('e', TREE));
  });

  test('leaves every file, folder and link alone that it did not write', () => {
    write();
    put('e/README.md', 'mine');
    put('e/51-deployment/patch.yaml', 'mine');
    put('e/overlays/prod/kustomization.yaml', 'mine');
    put('other/file', 'mine');
    fs.mkdirSync(join(outdir, 'e/empty'));
    fs.symlinkSync('/nowhere', join(outdir, 'e/00-namespace/link'));
    const inode = fs.statSync(join(outdir, 'e/README.md')).ino;
    // WHEN the folder of one of them is no longer written
    write({ '00-namespace/e.yaml': 'a: 2\n' });
    expect(everything()).toEqual({
      'e/': '',
      'e/00-namespace/': '',
      'e/00-namespace/e.yaml': 'a: 2\n',
      'e/00-namespace/link': '-> /nowhere',
      'e/51-deployment/': '',
      'e/51-deployment/patch.yaml': 'mine',
      'e/README.md': 'mine',
      'e/empty/': '',
      'e/overlays/': '',
      'e/overlays/prod/': '',
      'e/overlays/prod/kustomization.yaml': 'mine',
      'other/': '',
      'other/file': 'mine',
    });
    expect(fs.statSync(join(outdir, 'e/README.md')).ino).toBe(inode);
  });

  test.each<[string, () => void, RegExp]>([
    ['a file', () => put('e/kustomization.yaml', 'mine'), /did not write, where it would write: kustomization\.yaml/],
    ['a file where a folder must be', () => put('e/51-deployment', 'mine'), /would write: 51-deployment/],
    ['a folder', () => put('e/kustomization.yaml/x', 'mine'), /would write: kustomization\.yaml/],
    [
      'a link',
      () => {
        fs.mkdirSync(join(outdir, 'e'));
        fs.symlinkSync('/etc', join(outdir, 'e/00-namespace'));
      },
      /would write: 00-namespace/,
    ],
    ['a file as environment', () => put('e', 'mine'), /e is a file, expected a folder/],
    [
      'a link as environment',
      () => {
        put('real/x', 'mine');
        fs.symlinkSync('real', join(outdir, 'e'));
      },
      /e is a symbolic link/,
    ],
    [
      'a list that is none',
      () => put('e/.firepit', '../../etc/passwd\n'),
      /is not the list of files that firepit wrote/,
    ],
  ])('refuses %s of somebody else in its way', (_name, prepare, message) => {
    prepare();
    const before = everything();
    expect(() => write()).toThrow(expect.objectContaining({ exit: 'output', message: expect.stringMatching(message) }));
    expect(everything()).toEqual(before);
  });

  test("takes a link in the place of its own file for somebody else's", () => {
    write();
    put('secret', 'mine');
    fs.rmSync(join(outdir, 'e/kustomization.yaml'));
    fs.symlinkSync('../secret', join(outdir, 'e/kustomization.yaml'));
    expect(() => write()).toThrow(/kustomization\.yaml/);
    // WHEN it is no longer written, the link stays and its target is whole
    write({ '00-namespace/e.yaml': 'a: 2\n' });
    expect(files()).toEqual({
      'e/00-namespace/e.yaml': 'a: 2\n',
      'e/kustomization.yaml': '-> ../secret',
      secret: 'mine',
    });
  });

  test('a list that names files elsewhere removes nothing there', () => {
    put('victim', 'mine');
    write();
    fs.appendFileSync(join(outdir, 'e/.firepit'), '../victim\n/etc/hostname\n');
    write({ a: 'b' });
    expect(files()).toEqual({ 'e/a': 'b', victim: 'mine' });
  });

  test.each(['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT'])(
    'a run that fails with %s leaves the previous output whole',
    (code) => {
      writeAll([output(), output(TREE, 'f')]);
      put('e/README.md', 'mine');
      const before = everything();
      const next = [output({ a: 'new' }), output({ a: 'new' }, 'f')];
      for (const method of ['writeFileSync', 'mkdirSync', 'renameSync'] as const)
        for (let nth = 1; nth < 20; nth++) {
          failAt(method, nth, code);
          let failed = false;
          try {
            writeAll(next);
          } catch (error) {
            failed = true;
            expect(error).toMatchObject({
              exit: 'output',
              message: expect.stringMatching(/^cannot write .*\n {2}fix: /),
            });
          }
          jest.restoreAllMocks();
          if (failed) {
            expect(everything()).toEqual(before);
            continue;
          }
          // THEN the run in which nothing failed wrote everything
          expect(files()).toEqual({ 'e/a': 'new', 'f/a': 'new', 'e/README.md': 'mine' });
          writeAll([output(), output(TREE, 'f')]);
          break;
        }
    },
  );

  test('a path that leads through a file is a clear refusal', () => {
    put('file', '');
    expect(() => writeAll([{ outdir: join(outdir, 'file/below'), name: 'e', tree: treeOf(TREE) }])).toThrow(
      /cannot write .*file\/below: a part of the path is a file/,
    );
  });

  test.each([1, 2, 3])('killed at rename %i, the next run finds everything and finishes', (nth) => {
    write();
    put('e/README.md', 'mine');
    const script = `
      const fs = require('node:fs'), real = fs.renameSync; let n = 0;
      fs.renameSync = (...args) => (++n === ${nth} ? process.kill(process.pid, 'SIGKILL') : real(...args));
      require(${JSON.stringify(join(__dirname, '../../node_modules/tsx/dist/cjs/index.cjs'))});
      const { writeAll } = require(${JSON.stringify(join(__dirname, '../../lib/synth/write.ts'))});
      writeAll([{ outdir: ${JSON.stringify(outdir)}, name: 'e', tree: new Map([['a', 'killed']]) }]);`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    // THEN between staging and swap the previous output is whole
    if (nth === 1) expect(files()).toMatchObject({ ...under('e', TREE), 'e/README.md': 'mine' });
    write({ a: 'next' });
    expect(files()).toEqual({ 'e/a': 'next', 'e/README.md': 'mine' });
    expect(fs.readdirSync(outdir)).toEqual(['e']);
  });

  test('refuses to write beside another run', () => {
    fs.mkdirSync(join(outdir, `.firepit-e.${process.ppid}.new`));
    expect(() => write()).toThrow(new RegExp(`process ${process.ppid} is writing`));
    write(TREE, 'f');
    expect(files()).toEqual(under('f', TREE));
  });

  test('whatever was written and added before, exactly the tree and the additions are there after', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc.oneof(
      name.map((n) => `${n}.yaml`),
      fc.tuple(name, name).map(([d, n]) => `${d}/${n}.yaml`),
    );
    const tree = fc.dictionary(path, fc.constantFrom('1\n', '2\n'), { maxKeys: 5, noNullPrototype: true });
    const mine = fc.dictionary(
      fc.oneof(
        path.map((p) => p.replace('yaml', 'md')),
        name.map((n) => `mine/${n}`),
      ),
      fc.constant('mine'),
      { maxKeys: 3, noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(tree, mine), { minLength: 1, maxLength: 4 }), (steps) => {
        fs.rmSync(join(outdir, 'e'), { recursive: true, force: true });
        let additions: Record<string, string> = {};
        for (const [next, added] of steps) {
          write(next);
          for (const [p, text] of Object.entries(added)) put(`e/${p}`, text);
          additions = { ...additions, ...added };
          expect(files()).toEqual(under('e', { ...next, ...additions }));
        }
      }),
      { numRuns: 50 },
    );
  });
});
