import { type Database, readFrom, size } from '../state';
import { type Log, LogError } from './log';

/** Entries that are read and signed at once. */
const BATCH = 4_096;

/** Takes durable entries, in their order, into the signed log. */
export class Integrator {
  private constructor(
    private readonly database: Database,
    private readonly log: Log,
  ) {}

  /** @throws LogError when the database says something else than what was signed */
  static async of(database: Database, log: Log): Promise<Integrator> {
    const durable = await size(database);
    if (durable < log.size)
      throw new LogError(
        'the ledger',
        `${log.size} entries signed, ${durable} in the database`,
        'the database was reset or restored from an old copy: restore a newer one, or start a log with a new origin',
      );
    const from = log.size - log.tail.length;
    const kept = await readFrom(database, from, log.tail.length);
    const changed = log.tail.findIndex((entry, i) => entry.toString('utf8') !== kept[i]?.text);
    if (changed !== -1)
      throw new LogError(
        'the ledger',
        `entry ${from + changed} is another one in the database than in the log`,
        'find out which was changed; firepit audit verify tells whether it was the log',
      );
    return new Integrator(database, log);
  }

  /** Signs what became durable since. @returns how many entries that were */
  async step(): Promise<number> {
    let signed = 0;
    for (;;) {
      const entries = await readFrom(this.database, this.log.size, BATCH);
      if (entries.length === 0) return signed;
      const gap = entries.findIndex(({ index }, i) => index !== this.log.size + i);
      if (gap !== -1)
        throw new LogError('the ledger', `no entry ${this.log.size + gap} in the database`, 'restore what was removed');
      this.log.extend(entries.map(({ text }) => Buffer.from(text)));
      signed += entries.length;
    }
  }

  /** Signs, and signs again after a pause, until told to stop or something is wrong. */
  async run(milliseconds: number, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.step();
      await pause(milliseconds, stop);
    }
    await this.step();
  }
}

const pause = (milliseconds: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    stop.addEventListener('abort', done);
  });
