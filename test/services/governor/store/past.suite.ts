import { type Decision, HeadMoved } from '../../../../services/governor/record';
import { bodyOf, size } from '../../../../services/state';
import { ADA, call, decision, event, Judging, outcome, START } from './example';
import type { World } from './world';

const EVE = { ...ADA, subject: 'eve' };

/** What calls are judged by. */
export function pastSuite(world: World): void {
  const { entries, opened, recorded, replica } = world;

  const bodies = async (): Promise<number> => {
    const [row] = await world.owner.ask<{ count: number }>('select count(*)::integer as count from firepit.bodies');
    return row?.count ?? -1;
  };

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
    expect(past.claims).toEqual([
      { ...claim, agent: 'payer' },
      { ...claim, agent: 'payer', id: `${turn.id}.1` },
    ]);
    expect([...past.used]).toEqual([claim.id]);
    expect(past).toEqual(await one.history.past('payer', of, 'new'));
    // What a run did, its agent did.
    expect((await one.history.past('payer', undefined)).events).toEqual(past.events);
    expect((await one.history.past('triage', undefined)).events).toEqual([]);
  });

  test('an entry says who, what, where, why and how', async () => {
    const store = await replica();
    const from = await size(world.owner);
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
      environment: world.name,
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

  test('what an approval is bound to is sealed, for it names the arguments', async () => {
    const store = await replica();
    const from = await size(world.owner);
    const proposal = `sha256:${'4'.repeat(64)}`;
    const approval = '00000000-0000-4000-8000-000000000001';
    await store.recorder.decision(
      decision({ effect: 'needs_approval', code: 'needs-approval', event: undefined, proposal }),
      undefined,
    );
    await recorded(store, { proposal, approval });
    const [asked, agreed] = (await entries(from)).map((entry) => (entry.kind === 'decision' ? entry.why : undefined));
    expect(asked).not.toHaveProperty('approval');
    expect(agreed).toMatchObject({ approval });
    expect(asked?.proposal).not.toBe(agreed?.proposal);
    for (const why of [asked, agreed]) {
      expect(why?.proposal).not.toBe(proposal);
      expect(String(await bodyOf(world.owner, why?.proposal ?? ''))).toBe(proposal);
    }
  });

  test('a decision that was judged on another head is refused, and its neighbours are kept', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    const early = await Judging.of(two, { run: of });
    await recorded(one, { run: of });
    const denial = decision({ effect: 'deny', code: 'not-permitted', event: undefined });
    const other = await opened(two);
    const fits = await Judging.of(two, { run: other });
    const before = await bodies();
    const results = await Promise.all([two.recorder.decision(denial, undefined), early.record(), fits.record()]);
    expect(results).toEqual([undefined, 'moved', 'allowed']);
    const ids = (await entries(0)).map(({ id }) => id);
    expect(ids).toContain(denial.id);
    expect(ids).not.toContain((early.verdict as Decision).id);
    // What was refused leaves nothing behind: a body of the denial, the arguments of the call that fits.
    expect(await bodies()).toBe(before + 2);
    expect(await call(two, { run: of })).toBe('allowed');
  });

  test('a call that was judged on all that the agent did is refused when another run of it came between', async () => {
    const [one, two] = [await replica(), await replica()];
    const [mine, other] = [await opened(one), await opened(one)];
    const early = await two.history.past('payer', undefined);
    await recorded(one, { run: other, user: EVE });
    const made = decision({ run: mine, wide: true, head: early.head });
    await expect(two.recorder.decision(made, early.head)).rejects.toThrow(HeadMoved);
    const { head, events } = await two.history.past('payer', undefined, 'new');
    expect(events.map(({ user }) => user?.subject)).toEqual(['eve']);
    await two.recorder.decision({ ...made, head }, head);
    // Others that read it find it judged after what was there, whichever sequence they read.
    const three = await replica();
    expect((await three.history.past('payer', undefined)).events.map(({ user }) => user?.subject)).toEqual([
      'eve',
      'ada',
    ]);
    expect((await three.history.past('payer', mine)).events).toHaveLength(1);
    expect((await entries(0)).at(-1)).toMatchObject({
      id: made.id,
      why: { sequence: 'agent', sequenceHead: `sha256:${head}` },
    });
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
    world.now = START + 61_000;
    expect(await call(two, { ...close, at: world.now })).toBe('denied');
  });

  test('sums are over what was sent, whoever sent it', async () => {
    const [one, two] = [await replica(), await replica()];
    const of = await opened(one);
    expect(await call(one, { run: of, arguments: { amount: 60.5 } })).toBe('allowed');
    expect(await call(two, { run: of, arguments: { amount: 39.6 } })).toBe('denied');
    expect(await call(two, { run: of, arguments: { amount: 39.5 } })).toBe('allowed');
  });

  test('two environments in one database do not see what the other did', async () => {
    const one = await replica();
    for (let i = 0; i < 5; i++) expect(await call(one, { run: undefined })).toBe('allowed');
    expect(await call(one, { run: undefined })).toBe('denied');
    world.name = `${world.name}-other`;
    expect(await call(await replica(), { run: undefined })).toBe('allowed');
  });

  test('a clock that goes back leads out of no window', async () => {
    const one = await replica();
    const of = await opened(one);
    for (let i = 0; i < 5; i++) expect(await call(one, { run: of, arguments: {} })).toBe('allowed');
    world.now = START + 20 * 3_600_000;
    const two = await replica();
    expect(await call(two, { run: of, at: world.now, arguments: {} })).toBe('allowed');
    world.now = START - 3_600_000;
    for (const store of [one, two, await replica()])
      expect(await call(store, { run: of, at: world.now, arguments: {} })).toBe('denied');
  });

  test('what a run read counts for as long as it lasts, also when nothing else of that time does', async () => {
    const one = await replica();
    const of = await opened(one);
    const read = { run: of, operation: 'bank.read', reach: 'internal' } as const;
    expect(await call(one, { ...read, returns: ['sensitive'] })).toBe('allowed');
    world.now = START + 20 * 3_600_000;
    expect(await call(one, { ...read, at: world.now })).toBe('allowed');
    for (const store of [one, await replica()]) expect(await call(store, { run: of, at: world.now })).toBe('denied');
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
    const from = await size(world.owner);
    const long = { action: `a${'\ud800'}${'b'.repeat(600)}`, path: `/${'c'.repeat(5000)}`, method: 'M'.repeat(600) };
    await store.recorder.decision(decision({ effect: 'deny', event: undefined, ...long }), undefined);
    expect(await entries(from)).toMatchObject([{ where: { path: expect.stringMatching(/^\/c+…$/) } }]);
  });
}
