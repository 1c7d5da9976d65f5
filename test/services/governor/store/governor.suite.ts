import type { Entry } from '../../../../contract';
import { Governor, type Hold, type Verdict } from '../../../../services/governor/decide';
import { Guard } from '../../../../services/governor/guard/guard';
import { Runs } from '../../../../services/governor/identify/runs';
import { Inspector } from '../../../../services/governor/inspect';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { StoredHistory } from '../../../../services/governor/store/history';
import { needsOf } from '../../../../services/governor/store/needs';
import { StoredRecorder } from '../../../../services/governor/store/recorder';
import { StoredRuns } from '../../../../services/governor/store/runs';
import { Sequences } from '../../../../services/governor/store/sequences';
import { Watch } from '../../../../services/governor/store/watch';
import { type Database, databaseSink, openDatabase, Recorder } from '../../../../services/state';
import { environment } from '../support/environment';
import { Memory } from '../support/memory';
import { call, MCP, request } from '../support/requests';
import { ADA, configOf } from './example';
import type { World } from './world';

const desk = environment();
type Leant = Pick<ConstructorParameters<typeof Governor>[1], 'history' | 'recorder'> & {
  readonly runs: ConstructorParameters<typeof Runs>[0];
};

/** A governor with its inspector, as one call after the other goes through them. */
class Desk {
  private readonly governor: Governor;
  private readonly inspector: Inspector;

  constructor(world: World, { history, recorder, runs }: Leant) {
    const config = configOf(world.name);
    const clock = () => world.now;
    this.governor = new Governor(
      { ...desk, config },
      {
        agents: { identify: async () => 'triage' },
        users: { identify: async () => ADA },
        runs: new Runs(runs, 3_600_000),
        history,
        recorder,
        clock,
      },
    );
    this.inspector = new Inspector(config, new Guard(config.guard), recorder, clock);
  }

  decide(http: HttpRequest, hold?: Hold): Promise<Verdict> {
    return this.governor.request(http, hold);
  }

  /** Forwards, answers, and says what came of it in a word. */
  async pass(http: HttpRequest, answer: object): Promise<string> {
    const verdict = await this.decide(http);
    if (verdict.kind !== 'forward') return verdict.kind === 'deny' ? verdict.denial.code : verdict.kind;
    const headers: [string, string][] = [['content-type', 'application/json']];
    const body = Buffer.from(JSON.stringify(answer));
    return (await this.inspector.answer(verdict.pending, { status: 200, headers, body })).kind;
  }
}

const result = { jsonrpc: '2.0', id: 1, result: { content: [] } };
const REPLY = { ticket: 'T-1', body: 'hello' };
const turn = {
  type: 'message',
  content: [{ type: 'tool_use', id: 'a', name: 'tickets_reply', input: REPLY }],
};

/** The eight steps over the store. */
export function governorSuite(world: World): void {
  const ask = request('/agents/triage/ask', { q: 'hi' }, { door: 'front' });
  const opened = async (one: Desk): Promise<string> => {
    const verdict = await one.decide(ask);
    return verdict.kind === 'forward' ? (verdict.headers['x-firepit-run'] ?? '') : '';
  };
  const reply = (handle: string): HttpRequest =>
    request(MCP, call('reply', REPLY), { headers: { 'x-firepit-run': handle } });
  const customer = (handle: string): HttpRequest => ({
    ...request('/tools/crm/v1/customers/C-1', undefined, { method: 'GET' }),
    headers: [['x-firepit-run', handle]],
  });
  const claude = (handle: string): HttpRequest =>
    request(
      '/models/claude/v1/messages',
      { model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] },
      { headers: { 'x-firepit-run': handle } },
    );
  /** A run from question to refusal, each call by the governor that comes next. */
  const script = async (next: () => Promise<Desk>): Promise<string[]> => {
    const handle = await opened(await next());
    const said = [await (await next()).pass(claude(handle), turn)];
    for (let i = 0; i < 6; i++) said.push(await (await next()).pass(reply(handle), result));
    said.push(await (await next()).pass(customer(handle), { name: 'Eve' }));
    said.push(await (await next()).pass(reply(handle), result));
    said.push(await (await next()).pass(request(MCP, call('reply', REPLY)), result));
    return said;
  };
  const mine = async (): Promise<Entry[]> =>
    (await world.entries(0)).filter(({ environment: name }) => name === world.name);

  test('a governor that starts in the middle of a run judges as one that saw all of it', async () => {
    const memory = new Memory();
    const one = new Desk(world, { history: memory, recorder: memory, runs: memory });
    const expected = await script(async () => one);
    expect(expected).toEqual([
      ...Array(6).fill('pass'),
      'needs-approval',
      'pass',
      'sequence-violated',
      'sequence-violated',
    ]);
    const two = [new Desk(world, await world.replica()), new Desk(world, await world.replica())];
    let calls = 0;
    // Turn by turn, and the last calls by governors that saw nothing yet.
    const next = async (): Promise<Desk> =>
      (calls++ < 9 ? two[calls % 2] : undefined) ?? new Desk(world, await world.replica());
    expect(await script(next)).toEqual(expected);
    const decisions = (await mine()).filter((entry) => entry.kind === 'decision');
    expect(decisions.map(({ why }) => why.effect)).toEqual([
      ...Array(7).fill('allow'),
      'needs_approval',
      'allow',
      'deny',
      'deny',
    ]);
    const [, asked, first, second] = decisions;
    expect(first).toMatchObject({
      why: { askedBy: asked?.id, block: 0, facts: ['explained'] },
    });
    expect(second?.why).toMatchObject({ askedBy: null, facts: ['unexplained'] });
    expect(decisions.at(-2)?.why.facts).toContain('taint:sensitive');
    expect(decisions.at(-1)?.why.facts).toContain('autonomous');
    expect(JSON.stringify(await mine())).not.toContain('hello');
  });

  test('a run that is stopped is over for every governor, and that is on record', async () => {
    const [one, two] = [await world.replica(), await world.replica()];
    const handle = await opened(new Desk(world, one));
    const run = (await mine()).at(-1)?.who.run ?? '';
    await two.runs.stop(run, { by: ADA, reason: 'enough', at: world.now });
    expect(await new Desk(world, one).decide(reply(handle))).toMatchObject({ denial: { code: 'run-stopped' } });
    expect((await mine()).at(-1)).toMatchObject({ why: { effect: 'deny', code: 'run-stopped' } });
  });

  test.each(['stop', 'pause'] as const)('after a %s by another governor no model is asked', async (how) => {
    const [one, two] = [await world.replica(), await world.replica()];
    const desk = new Desk(world, one);
    const handle = await opened(desk);
    expect((await desk.decide(claude(handle))).kind).toBe('forward');
    const run = (await mine()).at(-1)?.who.run ?? '';
    await two.runs[how](run, { by: ADA, reason: 'enough', at: world.now });
    const code = how === 'stop' ? 'run-stopped' : 'run-paused';
    expect(await desk.decide(claude(handle))).toMatchObject({ denial: { code } });
    expect((await mine()).at(-1)).toMatchObject({ why: { effect: 'deny', code } });
    if (how === 'stop') return;
    // Where somebody waits for the run, the call goes on with it.
    let held = 0;
    const hold = async (): Promise<void> => {
      held++;
      await two.runs.resume(run, { by: ADA, reason: 'go on', at: world.now });
    };
    expect((await desk.decide(claude(handle), hold)).kind).toBe('forward');
    expect(held).toBe(1);
  });

  test('a call costs a question for what was where that is not remembered, and the record', async () => {
    const database = await openDatabase(world.url, 'writer');
    let asked = 0;
    const counting: Database = {
      ...database,
      ask: (...question) => {
        asked++;
        return database.ask(...question);
      },
    };
    const needs = needsOf(configOf(world.name).agents);
    const scribe = { environment: world.name, replica: 'counted', needs };
    const sequences = new Sequences(needs.window);
    const problem = () => {};
    const history = new StoredHistory({
      reader: { database: counting, environment: world.name, needs },
      sequences,
      clock: () => world.now,
      problem,
    });
    const recorder = new StoredRecorder(new Recorder([databaseSink(counting)]), sequences, scribe, problem);
    const runs = new StoredRuns(counting, history, scribe, new Watch(counting, problem));
    const one = new Desk(world, { history, recorder, runs });
    const handle = await opened(one);
    const alone = request(MCP, call('reply', REPLY));
    const questions = async (http: HttpRequest): Promise<number> => {
      asked = 0;
      expect((await one.decide(http)).kind).toBe('forward');
      return asked;
    };
    const counts: number[] = [];
    for (const http of [reply(handle), reply(handle), alone, alone, customer(handle), claude(handle)])
      counts.push(await questions(http));
    expect(counts).toEqual([2, 1, 2, 1, 1, 1]);
    await database.close();
  });

  test('what another governor let through counts, though this one remembers nothing of it', async () => {
    const [one, two] = [new Desk(world, await world.replica()), new Desk(world, await world.replica())];
    const handle = await opened(one);
    const said = async (desk: Desk, http: HttpRequest): Promise<string> => {
      const verdict = await desk.decide(http);
      return verdict.kind === 'deny' ? verdict.denial.code : verdict.kind;
    };
    expect(await said(one, reply(handle))).toBe('forward');
    expect(await said(one, reply(handle))).toBe('forward');
    for (let i = 0; i < 3; i++) expect(await said(two, reply(handle))).toBe('forward');
    // By what it remembers, the first would let it through without asking anybody.
    expect(await said(one, reply(handle))).toBe('needs-approval');
    expect(await said(two, customer(handle))).toBe('forward');
    expect(await said(one, reply(handle))).toBe('sequence-violated');
    // And it remembers no wish of a model that asked through the other one; nobody denies for that.
    const other = await opened(one);
    expect(await said(one, reply(other))).toBe('forward');
    expect(await two.pass(claude(other), turn)).toBe('pass');
    expect(await said(one, reply(other))).toBe('forward');
    expect((await mine()).at(-1)).toMatchObject({ kind: 'decision', why: { facts: ['explained'], block: 0 } });
  });

  test('calls of one run at once are let through together, and counted', async () => {
    const one = new Desk(world, await world.replica());
    const handle = await opened(one);
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => one.decide(reply(handle))));
    const codes = verdicts.map((verdict) => (verdict.kind === 'deny' ? verdict.denial.code : verdict.kind)).sort();
    expect(codes).toEqual([...Array(5).fill('forward'), ...Array(3).fill('needs-approval')]);
  });
}
