import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';

/** The golden trees of the version before this one. */
export interface Previous {
  /** As its package.json says. */
  readonly version: string;
  readonly commit: string;
  /** Environment → path → text. */
  readonly trees: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const FILE = join(__dirname, 'previous.json.br');

/** Packs the trees for the repository: `npm run pin-previous` does. */
export const packed = (previous: Previous): Buffer => brotliCompressSync(JSON.stringify(previous));

/** What the upgrade starts from. */
export const previous = (): Previous => JSON.parse(brotliDecompressSync(readFileSync(FILE)).toString()) as Previous;
