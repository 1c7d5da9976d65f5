import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from './checkpoint';
import { Findings } from './finding';
import { Folder } from './folder';
import { CHECKPOINT, entriesOf, pathOf } from './layout';
import { WIDTH } from './tree';

/** How many entries the checkpoint of a log covers. @throws NoteError, or what the file system says */
export const sizeOf = (path: string): number => readCheckpoint(readFileSync(join(path, CHECKPOINT), 'utf8')).size;

/**
 * Entries `from` up to `to`, as they are in the folder. Nothing is verified.
 * @throws Error when they are not all there
 */
export function* readEntries(path: string, from: number, to: number): Generator<readonly [number, Buffer]> {
  const folder = new Folder(path, new Findings());
  for (let index = Math.floor(from / WIDTH); index * WIDTH < to; index++) {
    const [widest] = folder.of('entries', index);
    const entries = widest === undefined ? undefined : entriesOf(folder.read(pathOf(widest)));
    for (let at = Math.max(from, index * WIDTH); at < Math.min(to, (index + 1) * WIDTH); at++) {
      const entry = entries?.[at - index * WIDTH];
      if (entry === undefined)
        throw new Error(`entry ${at} is not in ${path}: firepit audit verify says what is wrong`);
      yield [at, entry];
    }
  }
}
