import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entry as entrySchema } from '../../../contract';
import { until } from '../../../dev/loopback';
import { HeadMoved } from '../../../services/governor/record';
import { openStore, type Store } from '../../../services/governor/store';
import { type Database, databaseSink, openDatabase, Recorder, readFrom, Spool, written } from '../../../services/state';
import { call, configOf, decision, outcome, run, START } from '../../services/governor/store/example';
import { decision as entryOf } from '../../services/state/example';
import { Postgres } from '../ledger/postgres';

describe('a store whose PostgreSQL goes away', () => {
  let postgres: Postgres;
  let folder: string;
  let store: Store;
  let problems: string[];
  beforeEach(async () => {
    postgres = await Postgres.start();
    folder = mkdtempSync(join(tmpdir(), 'firepit-store-'));
    problems = [];
    store = await openStore(configOf('desk'), {
      replica: 'governor-0',
      address: postgres.url,
      spool: join(folder, 'spool'),
      clock: () => START,
      problem: (error) => problems.push(error.message),
    });
  });
  afterEach(async () => {
    await store.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const entries = async () => {
    const reader = await openDatabase(postgres.url, 'reader');
    const all = await readFrom(reader, 0, 1000);
    await reader.close();
    return all.map(({ text }) => entrySchema.parse(JSON.parse(text)));
  };

  test('lets nothing through, keeps denials and outcomes, and records them once it is back', async () => {
    const given = run();
    await store.runs.add(given);
    const { head } = await store.history.past('payer', given.id);
    const allowed = decision({ run: given.id, head });
    await store.recorder.decision(allowed, head);
    await expect(store.ready()).resolves.toBeUndefined();
    await postgres.kill();

    await expect(store.ready()).rejects.toThrow();
    await expect(store.runs.find(given.id)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(call(store, { run: undefined })).rejects.toMatchObject({ code: 'unavailable' });
    const model = decision({ event: undefined, action: 'infer:claude/x' });
    await expect(store.recorder.decision(model, undefined)).rejects.toThrow('the entry was not recorded');
    const denial = decision({ effect: 'deny', code: 'unavailable', event: undefined });
    await store.recorder.decision(denial, undefined);
    await store.recorder.outcome(outcome(allowed));

    await postgres.up();
    await until('it is on record', async () => (await entries()).length >= 4, 60);
    const recorded = await entries();
    expect(recorded.map(({ kind }) => kind)).toEqual(['event', 'decision', 'decision', 'outcome']);
    expect(recorded.map(({ id }) => id)).not.toContain(model.id);
    expect((await store.history.past('payer', given.id, 'new')).events.map(({ phase }) => phase)).toEqual([
      'request',
      'response',
    ]);
    expect(await call(store, { run: given.id })).toBe('allowed');
  });

  test('and whose spool fails as well lets nothing through, and no answer either', async () => {
    const given = run();
    await store.runs.add(given);
    const { head } = await store.history.past('payer', given.id);
    const allowed = decision({ run: given.id, head });
    await store.recorder.decision(allowed, head);
    await postgres.kill();
    const full = jest.spyOn(Spool.prototype, 'keep').mockRejectedValue(new Error('ENOSPC'));
    const denial = decision({ effect: 'deny', code: 'unavailable', event: undefined });
    await expect(store.recorder.decision(denial, undefined)).rejects.toThrow(/database: .*; spool: ENOSPC/);
    await expect(store.recorder.outcome(outcome(allowed))).rejects.toThrow(/database: .*; spool: ENOSPC/);
    full.mockRestore();
    await postgres.up();
    // The outcome says now what became of the answer, and it is the only one.
    await store.recorder.outcome(outcome(allowed, { phase: 'error', withheld: true, code: 'unavailable' }));
    await until('it is on record', async () => (await entries()).some(({ kind }) => kind === 'outcome'), 60);
    expect((await entries()).filter(({ kind }) => kind === 'outcome')).toMatchObject([{ what: { withheld: true } }]);
  });

  test('or answers slowly lets nothing through, and what it records late counts', async () => {
    const blocker = await openDatabase(postgres.url, 'owner');
    let free: () => void = () => {};
    let locked: () => void = () => {};
    const isFree = new Promise<void>((resolve) => {
      free = resolve;
    });
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const blocking = blocker.transaction(async (ask) => {
      await ask('select from firepit.log for update');
      locked();
      await isFree;
    });
    await isLocked;
    const late = decision({ head: '' });
    await store.history.past('payer', undefined);
    await expect(store.recorder.decision(late, '')).rejects.toThrow('no answer within');
    free();
    await blocking;
    await blocker.close();
    await until('it is on record', async () => (await entries()).some(({ id }) => id === late.id), 60);
    // It may be there all the same, and then it is in flight: a call that is judged without it is refused.
    await expect(store.recorder.decision(decision({ head: '' }), '')).rejects.toBeInstanceOf(HeadMoved);
    expect((await store.history.past('payer', undefined, 'new')).events.map(({ call: id }) => id)).toEqual([late.id]);
  });

  test('after the commit, before its answer: what is asked again is one entry, in one place of its sequence', async () => {
    const database = await openDatabase(postgres.url, 'writer');
    let lost = 0;
    const losing: Database = {
      ...database,
      ask: async (...question) => {
        const rows = await database.ask(...question);
        if (lost++ === 0) throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
        return rows as never;
      },
    };
    const spool = await Spool.open(join(folder, 'other'));
    const recorder = new Recorder([databaseSink(losing), spool]);
    const entry = written(entryOf({ environment: 'desk', who: { agent: 'payer' } }), [], {
      condition: { judged: { sequence: 'agent:desk/once', head: '' } },
      steps: [{ sequence: 'agent:desk/once', at: START, taint: [] }],
    });
    expect(await recorder.record(entry)).toBe('database');
    expect(lost).toBe(2);
    expect(await entries()).toHaveLength(1);
    const [steps] = await database.ask<{ count: string }>('select count(*)::text as count from firepit.steps');
    expect(steps?.count).toBe('1');
    await spool.close();
    await database.close();
  });

  test('between two questions of a transaction fails the transaction, and the process goes on', async () => {
    const database = await openDatabase(postgres.url, 'owner');
    const broken = database.transaction(async (ask) => {
      const [session] = await ask<{ pid: number }>('select pg_backend_pid() as pid');
      const sessions = `select pg_terminate_backend(pid) from pg_stat_activity where pid = ${session?.pid}`;
      await until('the sessions are gone', async () => (await database.ask(sessions)).length === 0, 60);
      // What broke is told to whoever listens now, and nobody does: that must not be the end.
      await new Promise(setImmediate);
      return ask('select 1');
    });
    await expect(broken).rejects.toThrow();
    expect(await database.ask('select 1 as one')).toEqual([{ one: 1 }]);
    await database.close();
  });
});
