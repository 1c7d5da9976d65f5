import { hash } from 'node:crypto';

/** Hashes of one tile, entries of one bundle. */
export const WIDTH = 256;
export const HASH_BYTES = 32;

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

let scratch = Buffer.alloc(4096);

/** The hash of a leaf (RFC 6962). */
export function leafHash(entry: Uint8Array): Buffer {
  if (scratch.length <= entry.length) scratch = Buffer.alloc(2 * entry.length);
  scratch[0] = 0;
  scratch.set(entry, 1);
  return sha256(scratch.subarray(0, entry.length + 1));
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** The hash of two subtrees (RFC 6962). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return sha256(pair);
}

/** The root over hashes of subtrees of one size; as many as a power of two. */
function perfect(hashes: readonly Buffer[]): Buffer {
  let level = hashes;
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) => nodeHash(at(level, 2 * i), at(level, 2 * i + 1)));
  return at(level, 0);
}

const at = (hashes: readonly Buffer[], i: number): Buffer => {
  const found = hashes[i];
  if (found === undefined) throw new Error(`there is no hash ${i} among ${hashes.length}`);
  return found;
};

/** A tile that has just become full. */
export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Buffer[];
}

/** The Merkle tree of a log, of which it keeps the right edge only: one unfinished tile per level. */
export class TiledTree {
  /** Hashes of the unfinished tile of each level. */
  readonly edge: Buffer[][] = [[]];

  constructor(private leaves = 0) {}

  /** A tree of a size, by its unfinished tiles. */
  static of(size: number, edge: readonly (readonly Buffer[])[]): TiledTree {
    const tree = new TiledTree(size);
    tree.edge.splice(0, 1, ...edge.map((hashes) => [...hashes]));
    return tree;
  }

  get size(): number {
    return this.leaves;
  }

  /** @returns the tiles that this leaf has filled, lowest first */
  add(leaf: Buffer): FullTile[] {
    const full: FullTile[] = [];
    let hashed = leaf;
    for (let level = 0; ; level++) {
      if (this.edge.length === level) this.edge.push([]);
      const hashes = this.edge[level] as Buffer[];
      hashes.push(hashed);
      if (hashes.length < WIDTH) break;
      this.edge[level] = [];
      full.push({ level, index: Math.floor(this.leaves / WIDTH ** (level + 1)), hashes });
      hashed = perfect(hashes);
    }
    this.leaves++;
    return full;
  }

  root(): Buffer {
    if (this.leaves === 0) return sha256(Buffer.alloc(0));
    const subtrees: Buffer[] = [];
    for (const hashes of [...this.edge].reverse())
      for (let from = 0; from < hashes.length; ) {
        const count = 2 ** Math.floor(Math.log2(hashes.length - from));
        subtrees.push(perfect(hashes.slice(from, from + count)));
        from += count;
      }
    return subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}
