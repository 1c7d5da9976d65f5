import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Database, StateError } from './database';
import { append, EntryConflict, type EntryError, type Written } from './entries';
import { faultOf, isEntrysFault } from './fault';
import type { Sink } from './sink';

/** Entries of one statement while the spool is emptied. */
const BATCH = 500;
/** Bytes that may wait: some 25,000 denials. Emptying reads them at once, within the memory of a governor. */
const MOST_BYTES = 32 * 1024 * 1024;

/** A line of the spool: its checksum, a space, the entry and its bodies as JSON. */
function lineOf({ bodies, ...entry }: Written): string {
  const json = JSON.stringify({
    ...entry,
    bodies: bodies.map(({ commitment, salt, body }) => [commitment, salt.toString('base64'), body.toString('base64')]),
  });
  return `${checksum(json)} ${json}\n`;
}

const checksum = (json: string): string => createHash('sha256').update(json).digest('hex').slice(0, 16);

function entryOf(line: string): Written | undefined {
  const json = line.slice(17);
  if (line[16] !== ' ' || checksum(json) !== line.slice(0, 16)) return undefined;
  const { bodies, ...entry } = JSON.parse(json) as Omit<Written, 'bodies'> & {
    readonly bodies: readonly [string, string, string][];
  };
  return {
    ...entry,
    bodies: bodies.map(([commitment, salt, body]) => ({
      commitment,
      salt: Buffer.from(salt, 'base64'),
      body: Buffer.from(body, 'base64'),
    })),
  };
}

/** Whole lines, and how many bytes they are: what was being written when the power went is not one of them. */
function wholeLines(content: Buffer): { readonly lines: string[]; readonly bytes: number } {
  const bytes = content.lastIndexOf(0x0a) + 1;
  return { lines: content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1), bytes };
}

/**
 * The second sink: a file on another volume than the database's, flushed before it answers. It is emptied into the
 * database when that is back; an entry that both have is one entry.
 */
export class Spool implements Sink {
  readonly name = 'spool';
  readonly judges = false;
  private last: Promise<unknown> = Promise.resolve();
  private broken: unknown;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private bytes: number,
    private readonly most: number,
  ) {}

  /**
   * Opens or creates the file. A torn end was never acknowledged, and is cut off.
   * @param most bytes that may wait @default 32 MiB
   * @throws StateError when it was changed; the error of the file system
   */
  static async open(path: string, most = MOST_BYTES): Promise<Spool> {
    const file = await open(path, 'a+', 0o600);
    const content = await file.readFile();
    const { lines, bytes } = wholeLines(content);
    const bad = lines.findIndex((line) => entryOf(line) === undefined);
    if (bad !== -1) {
      await file.close();
      throw new StateError(
        'the spool was changed',
        `line ${bad + 1} of ${path} does not match its checksum`,
        'lines as they were written',
        'keep the file for the investigation, and start with another one',
      );
    }
    if (bytes < content.length) await file.truncate(bytes);
    await file.datasync();
    const folder = await open(dirname(path), 'r');
    await folder.sync();
    await folder.close();
    return new Spool(path, file, bytes, most);
  }

  /** Bytes that wait for the database. */
  get size(): number {
    return this.bytes;
  }

  /** @throws Error for an entry with a condition, because a file cannot tell whether it holds; when the spool is full */
  keep(batch: readonly Written[]): Promise<undefined[]> {
    return this.alone(async () => {
      if (this.broken !== undefined) throw new Error(`${this.path} failed before: ${String(this.broken)}`);
      const conditional = batch.find(({ condition }) => condition !== undefined);
      if (conditional !== undefined) throw new Error(`the entry ${conditional.id} has a condition`);
      const lines = Buffer.from(batch.map(lineOf).join(''));
      if (this.bytes + lines.length > this.most)
        throw new Error(`${this.path} is full: ${this.bytes} of ${this.most} bytes wait for the database`);
      try {
        await this.file.appendFile(lines);
        await this.file.datasync();
      } catch (error) {
        // After a failed flush nobody knows what the disk has: this file is not written again.
        this.broken = error;
        throw error;
      }
      this.bytes += lines.length;
      return batch.map(() => undefined);
    });
  }

  /**
   * Moves what waits into the database, and keeps entries meanwhile: what comes under way is moved the next time.
   * @param conflict told of an entry that is left out, because another one with its id was there first
   * @returns how many entries there were
   */
  async drain(database: Database, conflict: (error: EntryError) => void): Promise<number> {
    const { lines, bytes } = await this.alone(() => this.acknowledged());
    for (let i = 0; i < lines.length; i += BATCH)
      await this.move(database, lines.slice(i, i + BATCH).map(entryOf) as readonly Written[], conflict);
    await this.alone(async () => {
      // What was moved is moved again together with what came since: an entry that both have is one entry.
      if (this.bytes !== bytes) return;
      await this.file.truncate(0);
      await this.file.datasync();
      this.bytes = 0;
    });
    return lines.length;
  }

  async close(): Promise<void> {
    await this.last.catch(() => {});
    await this.file.close();
  }

  /** What this process acknowledged, or found when it opened the file. */
  private async acknowledged(): Promise<{ readonly lines: readonly string[]; readonly bytes: number }> {
    const reader = await open(this.path, 'r');
    const content = await reader.readFile().finally(() => reader.close());
    // Behind a flush that failed is what nobody was told of.
    const kept = this.broken === undefined ? content : content.subarray(0, this.bytes);
    const { lines } = wholeLines(kept);
    if (kept.length !== this.bytes || lines.some((line) => entryOf(line) === undefined))
      throw new Error(`${this.path} was changed while it was open`);
    return { lines, bytes: this.bytes };
  }

  private async move(
    database: Database,
    batch: readonly Written[],
    conflict: (error: EntryError) => void,
  ): Promise<void> {
    try {
      await append(database, batch);
    } catch (error) {
      const [one, ...more] = batch;
      if (!isEntrysFault(error) || one === undefined) throw error;
      if (more.length > 0) {
        for (const entry of batch) await this.move(database, [entry], conflict);
        return;
      }
      const fault = faultOf(one, error);
      if (!(fault instanceof EntryConflict)) throw fault;
      conflict(fault);
    }
  }

  /** One at a time. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }
}
