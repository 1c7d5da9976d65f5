import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Where files are written before they have their name; nothing of the log. */
export const STAGING = '.staging';

/** A file of the log is not what this log would have written. */
export class Fork extends Error {
  constructor(path: string) {
    super(
      `${path} says something else than what is to be written there\n  found:    another content\n  expected: the same bytes, because a log only grows\n  fix:      stop, keep both the folder and the database, and find out which of them was changed`,
    );
    this.name = 'Fork';
    this.stack = `Fork: ${this.message}`;
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Writes files that are whole or absent, and that survive the loss of power once `flush` returned: each is written
 * aside, flushed and renamed, and then the folders that name them are flushed.
 */
export class Files {
  private readonly folders = new Set<string>();
  private count = 0;

  constructor(readonly root: string) {
    rmSync(join(root, STAGING), { recursive: true, force: true });
    this.folder(join(root, STAGING));
  }

  read(path: string): Buffer | undefined {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file) : undefined;
  }

  /** Writes a file that never changes. @throws Fork when it is there and differs */
  create(path: string, content: Buffer): void {
    const found = this.read(path);
    if (found === undefined) this.replace(path, content);
    else if (!found.equals(content)) throw new Fork(join(this.root, path));
  }

  replace(path: string, content: Buffer | string): void {
    const target = join(this.root, path);
    const staged = join(this.root, STAGING, String(this.count++));
    this.folder(dirname(target));
    const file = openSync(staged, 'w', 0o644);
    try {
      let written = 0;
      const bytes = Buffer.from(content as string);
      while (written < bytes.length) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(staged, target);
    this.folders.add(dirname(target));
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  flush(): void {
    for (const folder of this.folders) sync(folder);
    this.folders.clear();
  }

  /** A new folder is named by the one above it. */
  private folder(path: string): void {
    const first = mkdirSync(path, { recursive: true, mode: 0o755 });
    if (first === undefined) return;
    for (let at = path; at.length >= first.length; at = dirname(at)) this.folders.add(dirname(at));
  }
}
