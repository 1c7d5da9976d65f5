import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { entry as entrySchema } from '../../../../contract';
import type { Run } from '../../../../services/governor/identify/runs';
import type { Decision } from '../../../../services/governor/record';
import { openStore, type RunState, type Store } from '../../../../services/governor/store';
import { append, type Database, eraseBody, openDatabase, readFrom, size, written } from '../../../../services/state';
import { decision as otherDecision } from '../../state/example';
import { ADA, call, configOf, decision, event, Judging, outcome, run, START } from './example';

/** A database to keep state in. */
export interface Kept {
  readonly url: string;
  readonly end: () => Promise<void> | void;
}

const POLL_MS = 10_000;
const unavailable = { code: 'unavailable' };

/** The same promises, whichever database keeps them. */
export function storeSuite(start: () => Promise<Kept>, { runs }: { readonly runs: number }): void {
  let kept: Kept;
  let owner: Database;
  let eraser: Database;
  let name: string;
  let problems: string[];
  const open: Store[] = [];
  let now = START;

  const replica = async (): Promise<Store> => {
    const store = await openStore(configOf(name), {
      replica: `governor-${open.length}`,
      address: kept.url,
      clock: () => now,
      problem: (error) => problems.push(error.message),
    });
    open.push(store);
    return store;
  };
  const opened = async (store: Store, change: Partial<Run> = {}): Promise<string> => {
    const one = run(change);
    await store.runs.add(one);
    await store.runs.find(one.id);
    return one.id;
  };
  const recorded = async (store: Store, change: Partial<Decision> = {}): Promise<Decision> => {
    const { head } = await store.history.past('payer', change.run, true);
    const made = decision({ head, ...change });
    await store.recorder.decision(made, head);
    return made;
  };
  const entries = async (from: number) =>
    (await readFrom(owner, from, 1000)).map(({ text }) => entrySchema.parse(JSON.parse(text)));
  const administrator = async (table: string, sql: string): Promise<void> => {
    await owner.ask(`alter table firepit.${table} disable trigger all`);
    await owner.ask(sql);
    await owner.ask(`alter table firepit.${table} enable trigger all`);
  };

  beforeAll(async () => {
    kept = await start();
    name = 'first';
    problems = [];
    await replica();
    owner = await openDatabase(kept.url, 'owner');
    eraser = await openDatabase(kept.url, 'eraser');
  }, 120_000);
  beforeEach(() => {
    name = `desk-${randomUUID()}`;
    now = START;
    problems = [];
  });
  afterEach(async () => {
    // The first keeps what is in memory.
    for (const store of open.splice(1)) await store.close();
  });
  afterAll(async () => {
    for (const store of open) await store.close();
    await owner?.close();
    await eraser?.close();
    await kept?.end();
  });

  test('what happened is the same past for every replica, whoever recorded it', async () => {
    const one = await replica();
    const of = await opened(one);
    const turn = decision({ run: of, event: undefined, action: 'infer:claude/x' });
    await one.recorder.decision(turn, undefined);
    const claim = { id: `${turn.id}.0`, name: 'pay', digest: `sha256:${'3'.repeat(64)}` };
    await one.recorder.outcome(outcome(turn, { claims: [claim, { ...claim, id: `${turn.id}.1` }] }));
    const paid = await recorded(one, { run: of, claim, event: event('', { returns: ['sensitive'] }) });
    await one.recorder.outcome(outcome(paid, { at: START + 5, phase: 'error', status: 500 }));
    await one.recorder.decision(
      decision({ run: of, effect: 'deny', code: 'not-permitted', event: undefined }),
      undefined,
    );
    const past = await (await replica()).history.past('payer', of);
    expect(past.events).toMatchObject([
      { call: paid.id, phase: 'request', at: START, operation: 'bank.pay', reach: 'external', returns: ['sensitive'] },
      { call: paid.id, phase: 'error', at: START + 5, operation: 'bank.pay', returns: ['sensitive'] },
    ]);
    expect(past.events[0]?.arguments).toEqual({ amount: 1 });
    expect(past.claims).toEqual([claim, { ...claim, id: `${turn.id}.1` }]);
    expect([...past.used]).toEqual([claim.id]);
    expect(past).toEqual(await one.history.past('payer', of, true));
    // What a run did, its agent did.
    expect((await one.history.past('payer', undefined)).events).toEqual(past.events);
    expect((await one.history.past('triage', undefined)).events).toEqual([]);
  });

  test('an entry says who, what, where, why and how', async () => {
    const store = await replica();
    const from = await size(owner);
    const of = await opened(store);
    const first = await recorded(store, { run: of, trace: '0af7651916cd43dd8448eb211c80319c', facts: ['explained'] });
    const second = await recorded(store, { run: of });
    await store.recorder.outcome(
      outcome(second, { withheld: true, phase: 'error', code: 'guard-blocked', guard: ['guard.toolResult'] }),
    );
    const [opening, one, two, came] = await entries(from);
    expect(opening).toMatchObject({
      kind: 'event',
      what: { event: 'run.opened', subject: of },
      who: { user: { subject: 'ada' } },
    });
    expect(one).toMatchObject({
      kind: 'decision',
      id: first.id,
      environment: name,
      who: { agent: 'payer', run: of, user: { issuer: ADA.issuer, subject: 'ada' } },
      what: { operation: 'bank.pay', effect: 'write', reach: 'external', returns: [], arguments: expect.any(String) },
      where: { direction: 'back', upstream: 'bank', method: 'POST', path: '/tools/bank/mcp' },
      why: { effect: 'allow', code: 'allowed', policies: ['payer.call.bank'], facts: ['explained'], askedBy: null },
      how: { protocol: 'mcp', trace: '0af7651916cd43dd8448eb211c80319c', microseconds: 700 },
    });
    expect(one).not.toHaveProperty('why.sequenceHead');
    expect(two).toMatchObject({ why: { sequenceHead: `sha256:${second.head}` } });
    expect(came).toMatchObject({
      kind: 'outcome',
      decision: second.id,
      what: { operation: 'bank.pay', status: 200, withheld: true },
      why: { code: 'guard-blocked' },
      how: { guard: ['guard.toolResult'] },
    });
    // Values are apart from entries, where they can be forgotten.
    expect(JSON.stringify([one, two])).not.toContain('amount');
  });

  test('a decision that was judged on another head is refused, and its neighbours are kept', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    const early = await Judging.of(two, { run: of });
    await recorded(one, { run: of });
    const denial = decision({ effect: 'deny', code: 'not-permitted', event: undefined });
    const other = await opened(two);
    const fits = await Judging.of(two, { run: other });
    const results = await Promise.all([two.recorder.decision(denial, undefined), early.record(), fits.record()]);
    expect(results).toEqual([undefined, 'moved', 'allowed']);
    const ids = (await entries(0)).map(({ id }) => id);
    expect(ids).toContain(denial.id);
    expect(ids).not.toContain((early.verdict as Decision).id);
    expect(await call(two, { run: of })).toBe('allowed');
  });

  test('what comes of a call moves the head: nobody is judged without it', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    const read = await recorded(one, { run: of, event: event('', { operation: 'bank.read', reach: 'internal' }) });
    const early = await Judging.of(two, { run: of });
    await one.recorder.outcome(outcome(read));
    expect(await early.record()).toBe('moved');
  });

  test('a call counts from its record on, before anything came of it, and sensitive data taints at once', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    expect(await call(one, { run: of, operation: 'bank.read', reach: 'internal', returns: ['sensitive'] })).toBe(
      'allowed',
    );
    expect(await call(two, { run: of })).toBe('denied');
    expect(await call(two, { run: undefined })).toBe('denied');
    expect(await call(two, { run: await opened(two) })).toBe('allowed');
  });

  test('an answer is what a later call waits for, a failure is not', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    const close = { run: of, operation: 'bank.close', reach: 'internal' } as const;
    const reading = () => recorded(one, { run: of, event: event('', { operation: 'bank.read', reach: 'internal' }) });
    await one.recorder.outcome(outcome(await reading(), { phase: 'error' }));
    expect(await call(two, close)).toBe('denied');
    await one.recorder.outcome(outcome(await reading()));
    expect(await call(two, close)).toBe('allowed');
    now = START + 61_000;
    expect(await call(two, { ...close, at: now })).toBe('denied');
  });

  test('sums are over what was sent, whoever sent it', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    expect(await call(one, { run: of, arguments: { amount: 60.5 } })).toBe('allowed');
    expect(await call(two, { run: of, arguments: { amount: 39.6 } })).toBe('denied');
    expect(await call(two, { run: of, arguments: { amount: 39.5 } })).toBe('allowed');
  });

  describe('what was erased', () => {
    const erase = async (part: 'arguments' | 'claims'): Promise<void> => {
      for (const one of await entries(0)) {
        const commitment = one.kind === 'event' ? undefined : (one.what as Record<string, unknown>)[part];
        if (one.environment === name && commitment !== undefined) await eraseBody(eraser, commitment as string);
      }
    };

    test('is over every sum while it counts, and no other rule is', async () => {
      const of = await opened(await replica());
      expect(await call(open[1]!, { run: of })).toBe('allowed');
      await erase('arguments');
      const two = await replica();
      expect(await call(two, { run: of })).toBe('denied');
      expect(await call(two, { run: of, operation: 'bank.read', reach: 'internal' })).toBe('allowed');
      now = START + 601_000;
      expect(await call(two, { run: of, at: now })).toBe('allowed');
    });

    test('explains nothing', async () => {
      const one = await replica();
      const of = await opened(one);
      const turn = decision({ run: of, event: undefined });
      await one.recorder.decision(turn, undefined);
      await one.recorder.outcome(
        outcome(turn, { claims: [{ id: `${turn.id}.0`, name: 'pay', digest: `sha256:${'3'.repeat(64)}` }] }),
      );
      expect((await (await replica()).history.past('payer', of)).claims).toHaveLength(1);
      await erase('claims');
      expect((await (await replica()).history.past('payer', of)).claims).toEqual([]);
    });
  });

  describe('what somebody changed in the database is not judged by', () => {
    test.each<[string, string, string]>([
      ['an entry', 'entries', `update firepit.entries set entry = replace(entry, '"write"', '"read"') where run = $1`],
      [
        'a step',
        'steps',
        `delete from firepit.steps where sequence = 'run:' || $1 and index = (select min(index) from firepit.entries where run = $1 and kind = 'decision')`,
      ],
      [
        'a body',
        'bodies',
        `update firepit.bodies set body = 'x' where commitment in (select body from firepit.steps where sequence = 'run:' || $1)`,
      ],
      ['a head', 'steps', `update firepit.steps set head = sha256('x') where sequence = 'run:' || $1`],
    ])('%s', async (_, table, sql) => {
      const one = await replica();
      const of = await opened(one);
      for (let i = 0; i < 2; i++) expect(await call(one, { run: of })).toBe('allowed');
      await administrator(table, sql.replaceAll('$1', `'${of}'`));
      const two = await replica();
      await expect(two.history.past('payer', of)).rejects.toMatchObject(unavailable);
      expect(problems.join()).toMatch(/says something else|judged after other steps/);
      await expect(two.runs.find(of)).rejects.toMatchObject(unavailable);
    });

    test('another past than the one that was read', async () => {
      const one = await replica();
      const of = await opened(one);
      expect(await call(one, { run: of })).toBe('allowed');
      await one.history.past('payer', of, true);
      await administrator('steps', `delete from firepit.steps where sequence = 'run:${of}'`);
      await append(owner, [
        written(otherDecision({ environment: name }), [], { steps: [{ sequence: `run:${of}`, at: START, taint: [] }] }),
      ]);
      await expect(one.history.past('payer', of, true)).rejects.toMatchObject(unavailable);
      expect(problems.join()).toContain('does not go on');
    });

    test('an entry of another environment', async () => {
      const one = await replica();
      const of = await opened(one);
      await append(owner, [
        written(otherDecision({ environment: 'other' }), [], {
          steps: [{ sequence: `run:${of}`, at: START, taint: [] }],
        }),
      ]);
      await expect(one.history.past('payer', of, true)).rejects.toMatchObject(unavailable);
      expect(problems.join()).toContain('an entry of other');
    });
  });

  test('two environments in one database do not see what the other did', async () => {
    const one = await replica();
    for (let i = 0; i < 5; i++) expect(await call(one, { run: undefined })).toBe('allowed');
    expect(await call(one, { run: undefined })).toBe('denied');
    name = `${name}-other`;
    expect(await call(await replica(), { run: undefined })).toBe('allowed');
  });

  test('a clock that goes back leads out of no window', async () => {
    const one = await replica();
    const of = await opened(one);
    for (let i = 0; i < 5; i++) expect(await call(one, { run: of, arguments: {} })).toBe('allowed');
    now = START + 20 * 3_600_000;
    const two = await replica();
    expect(await call(two, { run: of, at: now, arguments: {} })).toBe('allowed');
    now = START - 3_600_000;
    for (const store of [one, two, await replica()])
      expect(await call(store, { run: of, at: now, arguments: {} })).toBe('denied');
  });

  test('what a run read counts for as long as it lasts, also when nothing else of that time does', async () => {
    const one = await replica();
    const of = await opened(one);
    const read = { run: of, operation: 'bank.read', reach: 'internal' } as const;
    expect(await call(one, { ...read, returns: ['sensitive'] })).toBe('allowed');
    now = START + 20 * 3_600_000;
    expect(await call(one, { ...read, at: now })).toBe('allowed');
    for (const store of [one, await replica()]) expect(await call(store, { run: of, at: now })).toBe('denied');
  });

  test('an entry that is too large is refused, and nothing else of its batch', async () => {
    const store = await replica();
    const large = decision({ because: Array.from({ length: 256 }, () => 'x'.repeat(512)) });
    const results = await Promise.allSettled([
      store.recorder.decision(large, ''),
      store.recorder.decision(decision({ effect: 'deny', event: undefined }), undefined),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('what strangers write too long is on record as far as it fits', async () => {
    const store = await replica();
    const from = await size(owner);
    const long = { action: `a${'\ud800'}${'b'.repeat(600)}`, path: `/${'c'.repeat(5000)}`, method: 'M'.repeat(600) };
    await store.recorder.decision(decision({ effect: 'deny', event: undefined, ...long }), undefined);
    expect(await entries(from)).toMatchObject([{ where: { path: expect.stringMatching(/^\/c+…$/) } }]);
  });

  describe('runs', () => {
    const turn = { by: ADA, reason: 'it went astray', at: START };

    test('are what they are for every replica at once', async () => {
      const [one, two] = [await replica(), await replica()];
      const given = run();
      await one.runs.add(given);
      expect(await two.runs.find(given.id)).toEqual(given);
      expect(await two.runs.find('run-nobody')).toBeUndefined();
      const from = await size(owner);
      expect(await one.runs.pause(given.id, turn)).toBe('paused');
      expect((await two.runs.find(given.id))?.state).toBe('paused');
      expect(await two.runs.resume(given.id, turn)).toBe('open');
      expect((await one.runs.find(given.id))?.state).toBe('open');
      expect(await one.runs.stop(given.id, turn)).toBe('stopped');
      expect((await two.runs.find(given.id))?.state).toBe('stopped');
      expect((await entries(from)).map(({ what }) => 'event' in what && what.event)).toEqual([
        'run.paused',
        'run.resumed',
        'run.stopped',
      ]);
    });

    test('that are stopped stay stopped, and a turn that changes nothing is no entry', async () => {
      const one = await replica();
      const of = await opened(one);
      await one.runs.stop(of, turn);
      const from = await size(owner);
      expect(await one.runs.resume(of, turn)).toBe('stopped');
      expect(await one.runs.pause(of, turn)).toBe('stopped');
      expect(await one.runs.stop(of, turn)).toBe('stopped');
      expect(await one.runs.stop('run-nobody', turn)).toBeUndefined();
      expect(await size(owner)).toBe(from);
    });

    test.each(['stop', 'pause'] as const)('let nothing through after a %s, whenever it was found', async (how) => {
      const [one, two] = [await replica(), await replica()];
      const of = await opened(one);
      const early = await Judging.of(one, { run: of });
      const turnAnswer = decision({ run: of, event: undefined });
      await two.runs[how](of, turn);
      const code = how === 'stop' ? 'run-stopped' : 'run-paused';
      await expect(early.record()).rejects.toMatchObject({ code });
      await expect(one.recorder.decision(turnAnswer, undefined)).rejects.toMatchObject({ code });
      const denial = decision({ run: of, effect: 'deny', code, event: undefined });
      await one.recorder.decision(denial, undefined);
      const ids = (await entries(0)).map(({ id }) => id);
      expect(ids).toContain(denial.id);
      expect(ids).not.toContain(turnAnswer.id);
    });

    test('that expired are forgotten, and those that did not are not', async () => {
      const one = await replica();
      const [old, young] = [await opened(one, { expires: START + 1 }), await opened(one)];
      expect(await call(one, { run: old })).toBe('allowed');
      const early = await Judging.of(one, { run: old });
      expect(await one.runs.expire(START + 2)).toBe(1);
      expect(await one.runs.find(old)).toBeUndefined();
      expect(await one.runs.find(young)).toMatchObject({ state: 'open' });
      await expect(early.record()).rejects.toMatchObject({ code: 'run-unknown' });
    });

    test('tell calls in progress what becomes of them', async () => {
      const [one, two] = [await replica(), await replica()];
      const [of, other] = [await opened(one), await opened(one)];
      const told: RunState[] = [];
      const next = async (count: number): Promise<void> => {
        const deadline = Date.now() + POLL_MS;
        while (told.length < count && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const ends = [one.runs.watch(of, (state) => told.push(state)), one.runs.watch(other, () => {})];
      await next(1);
      expect(told).toEqual(['open']);
      await two.runs.pause(of, turn);
      await next(2);
      await two.runs.stop(other, turn);
      await two.runs.stop(of, turn);
      await next(3);
      expect(told).toEqual(['open', 'paused', 'stopped']);
      for (const end of ends) end();
      const none: RunState[] = [];
      const end = one.runs.watch('run-nobody', (state) => none.push(state));
      await next.call(undefined, 3);
      const deadline = Date.now() + POLL_MS;
      while (none.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(none).toEqual(['unknown']);
      end();
    });
  });

  describe('no more are let through than the rule allows', () => {
    const DAY = 24 * 3_600_000;
    interface Waiting {
      readonly store: Store;
      judging?: Judging;
      said?: 'allowed' | 'denied';
    }
    const move = async (one: Waiting, run: string | undefined): Promise<void> => {
      if (one.said !== undefined) return;
      if (one.judging === undefined) {
        one.judging = await Judging.of(one.store, { run, again: true, at: now });
        return;
      }
      const said = await one.judging.record();
      delete one.judging;
      if (said !== 'moved') one.said = said;
    };

    /** Calls of these replicas, moved in this order, and then all until they are done. @returns how many were allowed */
    const allowed = async (stores: readonly Store[], order: readonly number[], run?: string): Promise<number> => {
      const waiting: Waiting[] = stores.map((store) => ({ store }));
      for (const i of order) await move(waiting[i % waiting.length]!, run);
      while (waiting.some(({ said }) => said === undefined)) await Promise.all(waiting.map((one) => move(one, run)));
      return waiting.filter(({ said }) => said === 'allowed').length;
    };

    test('however the calls of replicas interleave', async () => {
      const replicas = [await replica(), await replica(), await replica()];
      const calls = fc.array(fc.nat(2), { minLength: 7, maxLength: 9 });
      const order = fc.array(fc.nat(8), { maxLength: 24 });
      const property = fc.asyncProperty(calls, order, fc.boolean(), async (plan, moves, inRun) => {
        now += DAY;
        const run = inRun ? await opened(replicas[0]!, { opened: now, expires: now + DAY }) : undefined;
        const stores = plan.map((i) => replicas[i]!);
        expect(await allowed(stores, moves, run)).toBe(5);
      });
      await fc.assert(property, { numRuns: runs });
    });

    test.each([true, false])('when replicas race for the same counter (in a run: %s)', async (inRun) => {
      const replicas = [await replica(), await replica()];
      const run = inRun ? await opened(replicas[0]!) : undefined;
      const said = await Promise.all(
        Array.from({ length: 16 }, (_, i) => call(replicas[i % 2]!, { run, arguments: {} })),
      );
      expect(said.filter((one) => one === 'allowed')).toHaveLength(5);
      expect(said.filter((one) => one === 'denied')).toHaveLength(11);
    });
  });
}
