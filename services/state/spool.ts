import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Database, StateError } from './database';
import { append, type Written } from './entries';
import type { Sink } from './sink';

/** Entries of one statement while the spool is emptied. */
const BATCH = 500;

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
  ) {}

  /** Opens or creates the file. A torn end was never acknowledged, and is cut off. @throws StateError */
  static async open(path: string): Promise<Spool> {
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
    return new Spool(path, file, bytes);
  }

  /** Bytes that wait for the database. */
  get size(): number {
    return this.bytes;
  }

  /** @throws Error for an entry with a condition: a file cannot tell whether it holds */
  keep(batch: readonly Written[]): Promise<undefined[]> {
    return this.alone(async () => {
      const conditional = batch.find(({ condition }) => condition !== undefined);
      if (conditional !== undefined) throw new Error(`the entry ${conditional.id} has a condition`);
      const lines = Buffer.from(batch.map(lineOf).join(''));
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

  /** Moves everything into the database. @returns how many entries there were */
  drain(database: Database): Promise<number> {
    return this.alone(async () => {
      const reader = await open(this.path, 'r');
      const content = await reader.readFile().finally(() => reader.close());
      const entries = wholeLines(content).lines.map(entryOf);
      if (entries.some((entry) => entry === undefined)) throw new Error(`${this.path} was changed while it was open`);
      for (let i = 0; i < entries.length; i += BATCH)
        await append(database, entries.slice(i, i + BATCH) as readonly Written[]);
      await this.file.truncate(0);
      await this.file.datasync();
      this.bytes = 0;
      return entries.length;
    });
  }

  async close(): Promise<void> {
    await this.last.catch(() => {});
    await this.file.close();
  }

  /** One at a time, and none after the file broke. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      if (this.broken !== undefined) throw new Error(`${this.path} failed before: ${String(this.broken)}`);
      return work();
    });
    this.last = result.catch(() => {});
    return result;
  }
}
