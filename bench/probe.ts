import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { informed, type Row, spreadOf } from './measure';

/** What the disk alone can do: one write and one flush after the other. */
export function probe(folder: string): Row {
  const file = openSync(join(folder, 'probe'), 'w');
  const bytes = Buffer.alloc(700, 1);
  const times: number[] = [];
  for (const end = performance.now() + 2_000; performance.now() < end; ) {
    const start = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    times.push(performance.now() - start);
  }
  closeSync(file);
  return informed('fdatasync of 700 bytes, alone', spreadOf(times));
}
