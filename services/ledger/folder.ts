import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STAGING } from './files';
import type { Findings } from './finding';
import { CHECKPOINT, countAt, nameOf, partsOf, type TileName } from './layout';
import { WIDTH } from './tree';

/** Not of the log, and known: what is being written, and what a file system puts into its root. */
const BESIDE = new Set([CHECKPOINT, STAGING, 'lost+found']);

const keyOf = (level: TileName['level'], index: number): string => partsOf({ level, index, width: WIDTH });

/** The files of a log, by tile; each tile may be there in several widths. */
export class Folder {
  private readonly widths = new Map<string, TileName[]>();

  /** Files that are of no log are findings. */
  constructor(
    readonly path: string,
    findings: Findings,
  ) {
    for (const item of readdirSync(path, { withFileTypes: true }))
      if (item.name === 'tile' && item.isDirectory()) this.enter('tile', findings);
      else if (!BESIDE.has(item.name)) findings.add(item.name, 'a file that is not of the log', 'nothing');
    for (const names of this.widths.values()) names.sort((a, b) => b.width - a.width);
  }

  private enter(folder: string, findings: Findings): void {
    for (const item of readdirSync(join(this.path, folder), { withFileTypes: true })) {
      const path = `${folder}/${item.name}`;
      const name = item.isFile() ? nameOf(path) : undefined;
      if (item.isDirectory()) this.enter(path, findings);
      else if (name === undefined) findings.add(path, 'a file that is not of the log', 'nothing');
      else {
        const key = keyOf(name.level, name.index);
        const names = this.widths.get(key) ?? [];
        names.push(name);
        this.widths.set(key, names);
      }
    }
  }

  /** The forms of a tile that are there, widest first. */
  of(level: TileName['level'], index: number): readonly TileName[] {
    return this.widths.get(keyOf(level, index)) ?? [];
  }

  /** Files that say more than a tree of this size covers: written, and not signed yet. */
  beyond(size: number): TileName[] {
    return [...this.widths.values()]
      .flat()
      .filter(({ level, index, width }) => index * WIDTH + width > countAt(level, size));
  }

  read(path: string): Buffer {
    return readFileSync(join(this.path, path));
  }
}
