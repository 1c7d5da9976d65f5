import {
  EntryError,
  NotRecorded,
  Recorder,
  type Refusal,
  Refused,
  type Sink,
  type Written,
  written,
} from '../../../services/state';
import { decision } from './example';

const entry = (): Written => written(decision());

interface Flush {
  readonly resolve: (refusals?: readonly (Refusal | undefined)[]) => void;
  readonly reject: (error: Error) => void;
}

/** A sink that keeps what it is told to keep, when it is told to. */
class Controlled implements Sink {
  readonly judges = true;
  readonly batches: (readonly Written[])[] = [];
  private readonly open: Flush[] = [];

  constructor(readonly name: string) {}

  keep(batch: readonly Written[]): Promise<readonly (Refusal | undefined)[]> {
    this.batches.push(batch);
    return new Promise((resolve, reject) => this.open.push({ resolve: (refusals = []) => resolve(refusals), reject }));
  }

  /** Waits until a flush is under way. */
  async asked(): Promise<Flush> {
    for (;;) {
      const next = this.open.shift();
      if (next !== undefined) return next;
      await new Promise(setImmediate);
    }
  }
}

const failing = (name: string, error: Error): Sink => ({ name, judges: true, keep: () => Promise.reject(error) });
const keeping = (name: string): Sink & { readonly kept: Written[] } => {
  const kept: Written[] = [];
  return {
    name,
    judges: false,
    kept,
    keep: async (batch) => {
      kept.push(...batch);
      return [];
    },
  };
};

/** Whether a promise is settled by now, after everything that was ready has run. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  return done;
};

describe('the group commit', () => {
  describe('of an entry that nobody waits for', () => {
    const LONG = { patience: 2 ** 31 - 1 };

    test('goes with the next one that somebody waits for, in the order in which they came', async () => {
      const sink = new Controlled('database');
      const recorder = new Recorder([sink], LONG);
      const [outcome, decided] = [entry(), entry()];
      const patient = recorder.record(outcome, true);
      expect(await settled(patient)).toBe(false);
      expect(sink.batches).toEqual([]);
      const pressing = recorder.record(decided);
      (await sink.asked()).resolve();
      expect(await Promise.all([patient, pressing])).toEqual(['database', 'database']);
      expect(sink.batches).toEqual([[outcome, decided]]);
    });

    test('is flushed after a moment', async () => {
      const sink = new Controlled('database');
      const patient = new Recorder([sink], { patience: 1 }).record(entry(), true);
      (await sink.asked()).resolve();
      expect(await patient).toBe('database');
    });

    test('is flushed at once when they are a whole batch, or nobody will come any more', async () => {
      const sink = new Controlled('database');
      const recorder = new Recorder([sink], { ...LONG, batch: 2 });
      const whole = [recorder.record(entry(), true), recorder.record(entry(), true)];
      (await sink.asked()).resolve();
      await Promise.all(whole);
      const last = recorder.record(entry(), true);
      const idle = recorder.idle();
      (await sink.asked()).resolve();
      await idle;
      expect(await last).toBe('database');
    });

    test('is not flushed behind a flush that was under way, alone', async () => {
      const sink = new Controlled('database');
      const recorder = new Recorder([sink], LONG);
      const first = recorder.record(entry());
      const flush = await sink.asked();
      const patient = recorder.record(entry(), true);
      flush.resolve();
      await first;
      expect(await settled(patient)).toBe(false);
      expect(sink.batches).toHaveLength(1);
      const idle = recorder.idle();
      (await sink.asked()).resolve();
      await idle;
    });
  });

  test('acknowledges nothing before the sink has it', async () => {
    const sink = new Controlled('database');
    const recorder = new Recorder([sink]);
    const recorded = recorder.record(entry());
    const flush = await sink.asked();
    expect(await settled(recorded)).toBe(false);
    flush.resolve();
    expect(await recorded).toBe('database');
  });

  test('entries that arrive during a flush share the next one, in their order', async () => {
    const sink = new Controlled('database');
    const recorder = new Recorder([sink], { batch: 3 });
    const entries = Array.from({ length: 6 }, entry);
    const recorded = [recorder.record(entries[0]!)];
    const first = await sink.asked();
    recorded.push(...entries.slice(1).map((one) => recorder.record(one)));
    first.resolve();
    (await sink.asked()).resolve();
    (await sink.asked()).resolve();
    await Promise.all(recorded);
    expect(sink.batches.map((batch) => batch.map(({ id }) => id))).toEqual(
      [entries.slice(0, 1), entries.slice(1, 4), entries.slice(4)].map((batch) => batch.map(({ id }) => id)),
    );
    await recorder.idle();
  });

  test('an entry that comes at the very end of a flush is not forgotten', async () => {
    const sink = keeping('database');
    const recorder = new Recorder([sink]);
    const chain = async (left: number): Promise<void> => {
      if (left === 0) return;
      await recorder.record(entry());
      await chain(left - 1);
    };
    await Promise.all(Array.from({ length: 20 }, () => chain(20)));
    expect(sink.kept).toHaveLength(400);
  });

  test('when the first sink fails, the second acknowledges', async () => {
    const spool = keeping('spool');
    const recorder = new Recorder([failing('database', new Error('away')), spool]);
    expect(await recorder.record(entry())).toBe('spool');
    expect(spool.kept).toHaveLength(1);
  });

  test('when the first sink keeps it, the second is not asked', async () => {
    const spool = keeping('spool');
    expect(await new Recorder([keeping('database'), spool]).record(entry())).toBe('database');
    expect(spool.kept).toEqual([]);
  });

  test('when no sink can record, nothing is acknowledged', async () => {
    const recorder = new Recorder([failing('database', new Error('away')), failing('spool', new Error('disk full'))]);
    const refusals = await Promise.allSettled([recorder.record(entry()), recorder.record(entry())]);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 'rejected', reason: expect.any(NotRecorded) });
      expect((refusal as PromiseRejectedResult).reason.message).toBe(
        'the entry was not recorded: database: away; spool: disk full',
      );
    }
  });

  test('a sink that never answers has failed, and what waits behind it is not lost', async () => {
    const sink = new Controlled('database');
    const recorder = new Recorder([sink], { milliseconds: 20 });
    await expect(recorder.record(entry())).rejects.toThrow('database: no answer within 20 ms');
    const next = recorder.record(entry());
    await sink.asked();
    (await sink.asked()).resolve();
    expect(await next).toBe('database');
  });

  test('more entries than may wait are refused at once', async () => {
    const sink = new Controlled('database');
    const recorder = new Recorder([sink], { queue: 2, batch: 1 });
    const first = recorder.record(entry());
    const flush = await sink.asked();
    const waiting = [recorder.record(entry()), recorder.record(entry())];
    await expect(recorder.record(entry())).rejects.toThrow('2 entries wait already');
    flush.resolve();
    (await sink.asked()).resolve();
    (await sink.asked()).resolve();
    await Promise.all([first, ...waiting]);
  });

  test('an entry that the store refuses does not take its neighbours with it', async () => {
    const bad = entry();
    const kept: string[] = [];
    const sink: Sink = {
      name: 'database',
      judges: true,
      keep: async (batch) => {
        if (batch.includes(bad)) throw Object.assign(new Error('says something else'), { code: '23505' });
        kept.push(...batch.map(({ id }) => id));
        return [];
      },
    };
    const spool = keeping('spool');
    const recorder = new Recorder([sink, spool]);
    const good = [entry(), entry()];
    const results = await Promise.allSettled([good[0]!, bad, good[1]!].map((one) => recorder.record(one)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(EntryError);
    expect(kept).toEqual(good.map(({ id }) => id));
    // Another sink would only keep what the database never takes.
    expect(spool.kept).toEqual([]);
  });

  test('what the database refuses is said to whom it belongs, and its neighbours are kept', async () => {
    const sink = new Controlled('database');
    const recorder = new Recorder([sink, keeping('spool')]);
    const results = Promise.allSettled(Array.from({ length: 3 }, () => recorder.record(entry())));
    (await sink.asked()).resolve([undefined, 'moved', undefined]);
    expect(await results).toMatchObject([
      { value: 'database' },
      { reason: expect.any(Refused) },
      { value: 'database' },
    ]);
    expect((await results)[1]).toMatchObject({ reason: { refusal: 'moved' } });
  });

  test('what has a condition goes nowhere but into the database', async () => {
    const spool = keeping('spool');
    const recorder = new Recorder([failing('database', new Error('away')), spool]);
    const denial = entry();
    const allow = written(decision(), [], { condition: {} });
    const results = await Promise.allSettled([recorder.record(denial), recorder.record(allow)]);
    expect(results).toMatchObject([{ value: 'spool' }, { reason: expect.any(NotRecorded) }]);
    expect(spool.kept).toEqual([denial]);
    await expect(recorder.record(allow)).rejects.toThrow('database: away');
    expect(spool.kept).toEqual([denial]);
  });
});
