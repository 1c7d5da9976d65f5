import { HASH_BYTES, WIDTH } from './tree';

/** https://c2sp.org/tlog-tiles: the files of a log, and what is in them. */
export const CHECKPOINT = 'checkpoint';

/** A tile of hashes at a level, or a bundle of entries. */
export interface TileName {
  readonly level: number | 'entries';
  readonly index: number;
  /** Hashes or entries in it; fewer than 256 at the right edge only. */
  readonly width: number;
}

export function pathOf({ level, index, width }: TileName): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g) ?? [];
  const folders = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${folders}${width === WIDTH ? '' : `.p/${width}`}`;
}

/** The folder of the unfinished forms of a tile. */
export const partsOf = (name: TileName): string => `${pathOf({ ...name, width: WIDTH })}.p`;

const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** The name of a file; undefined for any path that {@link pathOf} does not write. */
export function nameOf(path: string): TileName | undefined {
  const [, level, index, width] = PATH.exec(path) ?? [];
  if (level === undefined || index === undefined) return undefined;
  const name = {
    level: level === 'entries' ? ('entries' as const) : Number(level),
    index: Number(index.replace(/[x/]/g, '')),
    width: width === undefined ? WIDTH : Number(width),
  };
  return name.width > 0 && pathOf(name) === path ? name : undefined;
}

/** How many hashes a level has in a tree of a size. Entries count as level 0. */
export const countAt = (level: TileName['level'], size: number): number =>
  Math.floor(size / WIDTH ** (level === 'entries' ? 0 : level));

export function bundleOf(entries: readonly Uint8Array[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(entry.length);
    return [length, entry];
  });
  return Buffer.concat(parts);
}

/** The entries of a bundle; undefined unless it is exactly that. */
export function entriesOf(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  let offset = 0;
  while (offset + 2 <= bundle.length) {
    const end = offset + 2 + bundle.readUInt16BE(offset);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(offset + 2, end));
    offset = end;
  }
  return offset === bundle.length ? entries : undefined;
}

/** The hashes of a tile; undefined unless it holds whole ones. */
export function hashesOf(tile: Buffer): Buffer[] | undefined {
  if (tile.length % HASH_BYTES !== 0) return undefined;
  return Array.from({ length: tile.length / HASH_BYTES }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}
