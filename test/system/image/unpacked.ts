import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltImage } from '../../../image/build';

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** An image on disk, layer over layer. */
export class Unpacked {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Env: readonly string[];
    readonly Cmd?: readonly string[];
  };

  constructor(
    { layout, digest }: BuiltImage,
    readonly root: string,
  ) {
    const blob = (of: string): string => join(layout, 'blobs', of.replace(':', '/'));
    const manifest = read(blob(digest));
    this.config = read(blob(manifest.config.digest)).config;
    mkdirSync(root, { recursive: true });
    for (const layer of manifest.layers)
      execFileSync('tar', [
        '--extract',
        '--gzip',
        '--same-permissions',
        '--same-owner',
        '-C',
        root,
        '-f',
        blob(layer.digest),
      ]);
  }

  /** Paths of everything in it, folders too. */
  entries(folder = ''): string[] {
    return readdirSync(join(this.root, folder)).flatMap((name) => {
      const path = `${folder}/${name}`;
      return [path, ...(lstatSync(join(this.root, path)).isDirectory() ? this.entries(path) : [])];
    });
  }

  bytes(path: string): Buffer {
    return readFileSync(join(this.root, path));
  }
}
