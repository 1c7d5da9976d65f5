import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ask, type Database, EntryConflict, Spool, seal, type Written, written } from '../../../services/state';
import { decision } from './example';

/** The arguments of the statement that appends, as the database gets them. */
class Recording implements Database {
  readonly kind = 'embedded';
  readonly lines: string[] = [];
  readonly bodies: string[] = [];
  readonly sequences: string[] = [];
  failing = false;
  /** Ids that are there already, with another text. */
  readonly taken = new Set<string>();
  readonly ask = (async (_: string, values: readonly unknown[]) => {
    if (this.failing) throw new Error('away');
    if ((values[0] as string[]).some((id) => this.taken.has(id)))
      throw Object.assign(new Error('says something else'), { code: '23505' });
    const lines = String(values[4]).split('\n');
    this.lines.push(...lines);
    this.bodies.push(...(values[14] as string[]));
    this.sequences.push(...(values[9] as string[]));
    return [{ answers: lines.map((__, i) => i).join(',') }];
  }) as unknown as Ask;
  transaction = (): never => {
    throw new Error('not asked for');
  };
  close = async (): Promise<void> => {};
}

const entry = (): Written => written(decision());
const fail = (error: Error): void => {
  throw error;
};

describe('the spool', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firepit-spool-'));
    path = join(folder, 'spool');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('keeps entries with their bodies over a restart, and moves them in order', async () => {
    const body = seal('text');
    const entries = [entry(), written(decision(), [body]), entry()];
    const before = await Spool.open(path);
    await before.keep(entries.slice(0, 2));
    await before.keep(entries.slice(2));
    await before.close();
    const after = await Spool.open(path);
    const database = new Recording();
    expect(await after.drain(database, fail)).toBe(3);
    expect(database.lines).toEqual(entries.map(({ text }) => text));
    expect(database.bodies).toEqual([body.commitment]);
    expect([after.size, readFileSync(path).length]).toEqual([0, 0]);
    await after.keep([entry()]);
    expect(await after.drain(database, fail)).toBe(1);
    await after.close();
  });

  test('keeps what an entry adds to a sequence, and nothing that has a condition', async () => {
    const spool = await Spool.open(path);
    const steps = [{ sequence: 'run:1', at: 1, taint: [] }];
    await spool.keep([written(decision(), [], { steps })]);
    await expect(spool.keep([entry(), written(decision(), [], { condition: {} })])).rejects.toThrow('has a condition');
    const database = new Recording();
    expect(await spool.drain(database, fail)).toBe(1);
    expect(database.sequences).toEqual(['run:1']);
    await spool.close();
  });

  test('keeps everything while the database is away', async () => {
    const spool = await Spool.open(path);
    await spool.keep([entry()]);
    const database = new Recording();
    database.failing = true;
    await expect(spool.drain(database, fail)).rejects.toThrow('away');
    database.failing = false;
    expect(await spool.drain(database, fail)).toBe(1);
    await spool.close();
  });

  test('an end at any byte of the last entry leaves those before it', async () => {
    const kept = entry();
    const spool = await Spool.open(path);
    await spool.keep([kept]);
    const whole = spool.size;
    await spool.keep([entry()]);
    await spool.close();
    const content = readFileSync(path);
    for (let length = whole; length < content.length; length += 7) {
      writeFileSync(path, content);
      truncateSync(path, length);
      const again = await Spool.open(path);
      const database = new Recording();
      expect(await again.drain(database, fail)).toBe(1);
      expect(database.lines).toEqual([kept.text]);
      await again.close();
    }
  });

  test('a change in the middle is refused, not skipped', async () => {
    const spool = await Spool.open(path);
    await spool.keep([entry(), entry()]);
    await spool.close();
    const bytes = readFileSync(path);
    bytes[40]! ^= 1;
    writeFileSync(path, bytes);
    await expect(Spool.open(path)).rejects.toThrow(/line 1 of .* does not match its checksum/);
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('a change while it is open is refused', async () => {
    const spool = await Spool.open(path);
    await spool.keep([entry()]);
    appendFileSync(path, 'x\n');
    await expect(spool.drain(new Recording(), fail)).rejects.toThrow('was changed while it was open');
    await spool.close();
  });

  test('a flush that fails acknowledges nothing, then or later', async () => {
    const spool = await Spool.open(path);
    const kept = entry();
    await spool.keep([kept]);
    const { file } = spool as unknown as { file: { datasync: () => Promise<void> } };
    jest.spyOn(file, 'datasync').mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(spool.keep([entry()])).rejects.toThrow('ENOSPC');
    await expect(spool.keep([entry()])).rejects.toThrow('failed before: Error: ENOSPC');
    // What was acknowledged before is moved all the same, and nothing that was not.
    const database = new Recording();
    expect(await spool.drain(database, fail)).toBe(1);
    expect(database.lines).toEqual([kept.text]);
    await spool.close();
  });

  test('takes no more than fits', async () => {
    const one = entry();
    const spool = await Spool.open(path, 1500);
    await spool.keep([one]);
    await expect(spool.keep([entry()])).rejects.toThrow(/spool is full: \d+ of 1500 bytes wait/);
    const database = new Recording();
    expect(await spool.drain(database, fail)).toBe(1);
    await spool.keep([entry()]);
    expect(database.lines).toEqual([one.text]);
    await spool.close();
  });

  test('keeps entries while the database takes its time, and moves them the next time', async () => {
    const spool = await Spool.open(path);
    const [first, second] = [entry(), entry()];
    await spool.keep([first]);
    const database = new Recording();
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let answer: () => void = () => {};
    const isAnswered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow: Database = {
      ...database,
      close: database.close,
      transaction: database.transaction,
      ask: async (...question) => {
        asked();
        await isAnswered;
        return database.ask(...question);
      },
    };
    const drained = spool.drain(slow, fail);
    await isAsked;
    await spool.keep([second]);
    answer();
    expect(await drained).toBe(1);
    expect(await spool.drain(database, fail)).toBe(2);
    expect(database.lines).toEqual([first, first, second].map(({ text }) => text));
    expect(spool.size).toBe(0);
    await spool.close();
  });

  test('an entry whose id says something else already is told and left out, and its neighbours are moved', async () => {
    const spool = await Spool.open(path);
    const entries = [entry(), entry(), entry()];
    await spool.keep(entries);
    const database = new Recording();
    database.taken.add(entries[1]!.id);
    const told: Error[] = [];
    expect(await spool.drain(database, (error) => told.push(error))).toBe(3);
    expect(database.lines).toEqual([entries[0]!.text, entries[2]!.text]);
    expect(told).toEqual([expect.any(EntryConflict)]);
    expect(told[0]?.message).toContain(entries[1]!.id);
    expect(spool.size).toBe(0);
    await spool.close();
  });
});
