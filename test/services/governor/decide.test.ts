import type { SequenceRuleConfig } from '../../../contract';
import type { Approvals, Proposal } from '../../../services/governor/approve';
import { digestOf } from '../../../services/governor/canonical';
import type { Configuration } from '../../../services/governor/configuration';
import { Governor, type Parts, type Verdict } from '../../../services/governor/decide';
import { Denial } from '../../../services/governor/denial';
import { Runs } from '../../../services/governor/identify/runs';
import { Manifests } from '../../../services/governor/manifest';
import type { HttpRequest } from '../../../services/governor/parse/request';
import { environment } from './support/environment';
import { Memory } from './support/memory';
import { call, MCP, request } from './support/requests';
import { MemoryStore } from './support/store';

const configuration = environment();
const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };
const EVE = { ...ADA, subject: 'eve', groups: [] };

const world = (
  more: Partial<Pick<Parts, 'approvals' | 'manifests' | 'turned'>> & {
    memory?: Memory;
    configuration?: Configuration;
  } = {},
) => {
  const { memory = new Memory(), configuration: given = configuration, ...parts } = more;
  let now = 1_000_000;
  const who = { user: ADA, agent: 'triage', fails: undefined as Error | undefined };
  const known = async <T>(value: T): Promise<T> => {
    if (who.fails !== undefined) throw who.fails;
    return value;
  };
  const governor = new Governor(given, {
    agents: { identify: () => known(who.agent) },
    users: { identify: () => known(who.user) },
    runs: new Runs(memory, 3_600_000),
    history: memory,
    recorder: memory,
    clock: () => now++,
    ...parts,
  });
  /** The verdict in a word: forwarded, or the code of the denial. */
  const decide = async (http: HttpRequest): Promise<string> => {
    const verdict: Verdict = await governor.request(http);
    return verdict.kind === 'deny' ? verdict.denial.code : verdict.kind;
  };
  const opened = async (): Promise<string> => {
    const verdict = await governor.request(request('/agents/triage/ask', { q: 'hi' }, { door: 'front' }));
    return verdict.kind === 'forward' ? (verdict.headers['x-firepit-run'] ?? '') : '';
  };
  const inRun = (handle: string, name: string, args: object = {}) =>
    request(MCP, call(name, args), { headers: { 'x-firepit-run': handle } });
  return { memory, governor, who, decide, opened, inRun, later: (ms: number) => (now += ms) };
};
const REPLY = { ticket: 'T-1', body: 'hello' };
const CUSTOMER = request('/tools/crm/v1/customers/C-1', undefined, { method: 'GET' });

test('a person asks, the agent calls in the run, and both are on record before they move', async () => {
  const { memory, decide, opened, inRun } = world();
  const handle = await opened();
  expect(await decide(inRun(handle, 'search', { text: 'a' }))).toBe('forward');
  const [asked, called] = memory.decisions;
  expect(asked).toMatchObject({
    effect: 'allow',
    action: 'ask:triage',
    user: { subject: 'ada' },
    because: ['triage.ask.group:support'],
  });
  expect(called).toMatchObject({
    effect: 'allow',
    action: 'tickets.search',
    agent: 'triage',
    user: { subject: 'ada' },
    run: asked?.run,
    because: ['triage.call.tickets'],
    policyDigest: configuration.config.policies.digest,
  });
  expect(JSON.stringify(memory.decisions)).not.toContain(handle);
});

test.each<[string, HttpRequest, string]>([
  ['an operation that was not granted', request(MCP, call('purge')), 'not-permitted'],
  ['one that does not exist', request(MCP, call('drop')), 'not-permitted'],
  ['one of the prototype', request(MCP, call('constructor')), 'not-permitted'],
  ['an undeclared argument', request(MCP, call('reply', { ...REPLY, cc: 'x' })), 'invalid-argument'],
  ['what people decide', request(MCP, call('close', { ticket: 'T-1' })), 'needs-approval'],
  [
    'a model off the list',
    request('/models/claude/v1/messages', { model: 'claude-opus-4-1', messages: [] }),
    'not-permitted',
  ],
  ['two keys', request(MCP, '{"jsonrpc":"2.0","jsonrpc":"2.0"}'), 'malformed-json'],
  [
    'a credential in an argument',
    request(MCP, call('search', { text: ['ghp', 'a1B2'.repeat(9)].join('_') })),
    'guard-blocked',
  ],
  ['a handle of nobody', request(MCP, call('search'), { headers: { 'x-firepit-run': 'A'.repeat(43) } }), 'run-unknown'],
])('denied and on record: %s', async (_what, http, code) => {
  const { memory, decide } = world();
  expect(await decide(http)).toBe(code);
  expect(memory.decisions).toMatchObject([{ effect: code === 'needs-approval' ? 'needs_approval' : 'deny', code }]);
});

test('a person who may not ask opens no run', async () => {
  const { memory, who, opened } = world();
  who.user = EVE;
  expect(await opened()).toBe('');
  expect(memory.runs.size).toBe(0);
  expect(memory.decisions).toMatchObject([{ effect: 'deny', code: 'not-permitted', user: { subject: 'eve' } }]);
});

test('who cannot be identified gets nothing, whatever the reason', async () => {
  const { who, decide } = world();
  who.fails = new Denial('unidentified', 'x');
  expect(await decide(request(MCP, call('search')))).toBe('unidentified');
  who.fails = new TypeError('a bug');
  expect(await decide(request(MCP, call('search')))).toBe('unavailable');
});

describe('the sequence', () => {
  test('nothing external after sensitive data, also while it is still being read', async () => {
    const { decide, opened, inRun } = world();
    const handle = await opened();
    expect(await decide(inRun(handle, 'reply', REPLY))).toBe('forward');
    expect(await decide({ ...CUSTOMER, headers: [['x-firepit-run', handle]] })).toBe('forward');
    expect(await decide(inRun(handle, 'reply', REPLY))).toBe('sequence-violated');
    expect(await decide(inRun(handle, 'search'))).toBe('forward');
    expect(await decide(inRun(await opened(), 'reply', REPLY))).toBe('forward');
  });

  test('leaving the handle away leads into every run, not out of one', async () => {
    const { decide, opened, inRun } = world();
    expect(await decide({ ...CUSTOMER, headers: [['x-firepit-run', await opened()]] })).toBe('forward');
    expect(await decide(request(MCP, call('reply', REPLY)))).toBe('sequence-violated');
    expect(await decide(inRun(await opened(), 'reply', REPLY))).toBe('forward');
  });

  test('a count over its threshold asks people, and nobody is there', async () => {
    const { decide, opened, inRun, later } = world();
    const handle = await opened();
    for (let i = 0; i < 5; i++) expect(await decide(inRun(handle, 'reply', REPLY))).toBe('forward');
    expect(await decide(inRun(handle, 'reply', REPLY))).toBe('needs-approval');
    later(600_000);
    expect(await decide(inRun(handle, 'reply', REPLY))).toBe('forward');
  });

  test('however many ask at once, no more are let through than the rule allows', async () => {
    const { memory, decide, opened, inRun } = world();
    const handle = await opened();
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => decide(inRun(handle, 'reply', REPLY))));
    expect(verdicts.filter((v) => v === 'forward').length).toBeLessThanOrEqual(5);
    expect(memory.decisions.filter((d) => d.action === 'tickets.reply' && d.effect === 'allow').length).toBe(
      verdicts.filter((v) => v === 'forward').length,
    );
    expect(verdicts).toContain('forward');
  });
});

test('a person turns their run; whoever may not is told so, and that is on record', async () => {
  const memory = new MemoryStore();
  const { who, decide, opened } = world({ memory, turned: memory.opened().runs });
  await opened();
  const [run = ''] = memory.runs.keys();
  const stop = request(`/runs/${run}/stop`, { reason: 'enough' }, { door: 'front' });
  who.user = EVE;
  expect(await decide(stop)).toBe('not-permitted');
  expect(memory.decisions.at(-1)).toMatchObject({
    effect: 'deny',
    action: 'run:stop',
    agent: undefined,
    user: { subject: 'eve' },
  });
  who.user = ADA;
  expect(await decide(stop)).toBe('done');
  expect(memory.runs.get(run)).toMatchObject({ state: 'stopped' });
  memory.find = () => Promise.reject(new Error('away'));
  expect(await decide(stop)).toBe('unavailable');
  expect(await world().decide(stop)).toBe('not-permitted');
});

test('a pinned operation is called while its server shows what is pinned, and the record names the pin', async () => {
  const { config } = configuration;
  const definition = { name: 'search', description: 'finds tickets' };
  const manifest = digestOf(definition);
  const { tickets } = config.tools;
  const operations = { ...tickets!.operations, search: { ...tickets!.operations.search!, manifest } };
  const tools = { ...config.tools, tickets: { ...tickets!, operations } };
  const memory = new Memory();
  const manifests = new Manifests(tools, memory);
  const { decide } = world({ memory, manifests, configuration: { ...configuration, config: { ...config, tools } } });
  const search = request(MCP, call('search', { text: 'a' }));
  const seen = { agent: 'triage', decision: 'd', at: 0 };
  expect(await decide(search)).toBe('tool-changed');
  await manifests.assertPinned('tickets', [definition], seen);
  expect(await decide(search)).toBe('forward');
  expect(memory.decisions.at(-1)).toMatchObject({ toolManifest: manifest });
  await expect(manifests.assertPinned('tickets', [{ name: 'search' }], seen)).rejects.toThrow();
  expect(await decide(search)).toBe('tool-changed');
  expect(await decide(request(MCP, call('reply', REPLY)))).toBe('forward');
  expect(memory.decisions.at(-1)).toMatchObject({ toolManifest: undefined });
});

describe('rules that look further than the run', () => {
  const { config } = configuration;
  const { triage } = config.agents;
  const limited = (scope: 'agent' | 'user') => {
    const rule = {
      id: 'triage.sequence.0',
      kind: 'atMost',
      times: 2,
      operation: 'tickets.search',
      perSeconds: 60,
      scope,
    };
    const agents = { ...config.agents, triage: { ...triage!, sequence: [rule as SequenceRuleConfig] } };
    return world({ configuration: { ...configuration, config: { ...config, agents } } });
  };

  test.each([
    ['user', 'forward'],
    ['agent', 'sequence-violated'],
  ] as const)('%s: runs of one person are counted together; with those of others: %s', async (scope, others) => {
    const { memory, who, decide, opened, inRun } = limited(scope);
    const [one, two] = [await opened(), await opened()];
    expect(await decide(inRun(one, 'search', { text: 'a' }))).toBe('forward');
    expect(await decide(inRun(two, 'search', { text: 'a' }))).toBe('forward');
    expect(await decide(inRun(one, 'search', { text: 'a' }))).toBe('sequence-violated');
    expect(memory.decisions.at(-2)).toMatchObject({ wide: true });
    who.user = { ...ADA, subject: 'lin' };
    expect(await decide(inRun(await opened(), 'search', { text: 'a' }))).toBe(others);
  });

  test('however many runs ask at once, no more are let through', async () => {
    const { memory, decide, opened, inRun } = limited('user');
    const handles = [await opened(), await opened(), await opened(), await opened()];
    const verdicts = await Promise.all(handles.map((handle) => decide(inRun(handle, 'search', { text: 'a' }))));
    expect(verdicts.filter((verdict) => verdict === 'forward')).toHaveLength(2);
    expect(memory.decisions.filter((d) => d.action === 'tickets.search' && d.effect === 'allow')).toHaveLength(2);
  });
});

describe('what people decide', () => {
  const CLOSE = { ticket: 'T-1' };
  const APPROVAL = '00000000-0000-4000-8000-000000000001';
  /** People who agree to what they are asked when they feel so. */
  const people = (agrees: (proposal: Proposal) => boolean = () => true) => {
    const asked: { proposal: Proposal; digest: string }[] = [];
    const approvals: Approvals = {
      ask: async (proposal, digest) => {
        asked.push({ proposal, digest });
        return agrees(proposal) ? APPROVAL : undefined;
      },
    };
    return { asked, approvals };
  };

  test('without anybody to ask the answer is no, and says so; the record has what would have been agreed to', async () => {
    const { memory, governor, opened, inRun } = world();
    const verdict = await governor.request(inRun(await opened(), 'close', CLOSE));
    expect(verdict).toMatchObject({
      kind: 'deny',
      denial: { code: 'needs-approval', detail: 'there is no service yet that could ask somebody' },
    });
    expect(memory.decisions.at(-1)).toMatchObject({
      effect: 'needs_approval',
      proposal: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      approval: undefined,
    });
  });

  test('they are asked about this call, in this place of its sequence; their yes is on record and counts once', async () => {
    const { asked, approvals } = people();
    const { memory, decide, opened, inRun } = world({ approvals });
    const handle = await opened();
    for (let i = 0; i < 2; i++) expect(await decide(inRun(handle, 'close', CLOSE))).toBe('forward');
    const [, first, second] = memory.decisions;
    expect(asked[0]?.proposal).toMatchObject({
      environment: configuration.config.environment,
      agent: 'triage',
      user: { subject: 'ada' },
      run: first?.run,
      operation: 'tickets.close',
      arguments: CLOSE,
      policyDigest: configuration.config.policies.digest,
    });
    expect(first).toMatchObject({ effect: 'allow', approval: APPROVAL, proposal: asked[0]?.digest });
    expect(second).toMatchObject({ proposal: asked[1]?.digest });
    expect(asked[1]?.digest).not.toBe(asked[0]?.digest);
  });

  test('a no is a no, and what needs nobody asks nobody', async () => {
    const { asked, approvals } = people(() => false);
    const { memory, decide } = world({ approvals });
    expect(await decide(request(MCP, call('close', CLOSE)))).toBe('needs-approval');
    expect(asked).toMatchObject([{ proposal: { user: null, run: null } }]);
    expect(await decide(request(MCP, call('search', { text: 'a' })))).toBe('forward');
    expect(asked).toHaveLength(1);
    expect(memory.decisions.at(-1)).toMatchObject({ proposal: undefined, approval: undefined });
  });

  test('no yes lifts what another rule forbids', async () => {
    const { asked, approvals } = people();
    const { decide, opened, inRun } = world({ approvals });
    const handle = await opened();
    for (let i = 0; i < 6; i++) expect(await decide(inRun(handle, 'reply', REPLY))).toBe('forward');
    expect(asked).toHaveLength(1);
    const run = { 'x-firepit-run': handle };
    expect(await decide({ ...CUSTOMER, headers: Object.entries(run) })).toBe('forward');
    expect(await decide(inRun(handle, 'reply', REPLY))).toBe('sequence-violated');
    expect(asked).toHaveLength(1);
  });

  test('a yes to a history that has moved is void: they are asked again', async () => {
    const { asked, approvals } = people();
    const { memory, decide, opened, inRun } = world({ approvals });
    const handle = await opened();
    let meanwhile = 1;
    memory.before = (decision) => {
      if (decision.approval !== undefined && meanwhile-- > 0)
        memory.decisions.push({ ...decision, id: 'other', action: 'tickets.search' });
    };
    expect(await decide(inRun(handle, 'close', CLOSE))).toBe('forward');
    expect(asked).toHaveLength(2);
    expect(memory.decisions.at(-1)?.proposal).toBe(asked[1]?.digest);
    expect(asked[1]?.digest).not.toBe(asked[0]?.digest);
  });

  test('who cannot be asked has not agreed', async () => {
    const { decide } = world({ approvals: { ask: () => Promise.reject(new Error('away')) } });
    expect(await decide(request(MCP, call('close', CLOSE)))).toBe('unavailable');
  });
});

describe('the record', () => {
  test('what cannot be recorded is not forwarded', async () => {
    const { memory, decide } = world();
    memory.before = () => {
      throw new Error('disk full');
    };
    expect(await decide(request(MCP, call('search')))).toBe('unavailable');
    expect(await decide(request(MCP, call('purge')))).toBe('unavailable');
    expect(memory.decisions).toEqual([]);
  });

  test('a call is judged again when another one came between, and not without end', async () => {
    const { memory, governor, opened, inRun } = world();
    const handle = await opened();
    let between = 0;
    memory.before = (decision) => {
      if (decision.effect !== 'allow' || between >= 1) return;
      between++;
      memory.decisions.push({ ...decision, id: 'other' });
    };
    expect((await governor.request(inRun(handle, 'search'))).kind).toBe('forward');
    memory.before = (decision) => {
      if (decision.effect === 'allow') memory.decisions.push({ ...decision, id: 'other' });
    };
    expect(await governor.request(inRun(handle, 'search'))).toMatchObject({
      kind: 'deny',
      denial: { code: 'unavailable' },
    });
  });
});

test('a stopped run is over and a paused one waits, from the next call on', async () => {
  const { memory, decide, opened, inRun } = world();
  const handle = await opened();
  const [run] = [...memory.runs.values()];
  for (const [state, code] of [
    ['paused', 'run-paused'],
    ['open', 'forward'],
    ['stopped', 'run-stopped'],
  ] as const) {
    memory.runs.set(run!.id, { ...run!, state });
    expect(await decide(inRun(handle, 'search'))).toBe(code);
  }
});

test('around the calls of a tool there is room for those who have one', async () => {
  const { who, decide } = world();
  const list = request(MCP, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  expect(await decide(list)).toBe('forward');
  who.agent = 'nobody';
  expect(await decide(list)).toBe('not-permitted');
});

test('a call of a paused run waits, and is judged by who calls when the run goes on', async () => {
  const { memory, governor, opened, inRun, who } = world();
  const call = inRun(await opened(), 'search', { text: 'a' });
  const [run] = memory.runs.values();
  const turn = (state: 'open' | 'paused' | 'stopped') => void memory.runs.set(run?.id ?? '', { ...run!, state });
  const decide = async (hold?: () => Promise<void>): Promise<string> => {
    turn('paused');
    const verdict = await governor.request(call, hold);
    return verdict.kind === 'deny' ? verdict.denial.code : verdict.kind;
  };
  expect(await decide()).toBe('run-paused');
  expect(await decide(async () => turn('open'))).toBe('forward');
  expect(await decide(async () => turn('stopped'))).toBe('run-stopped');
  expect(await decide(() => Promise.reject(new Denial('run-paused', 'the deadline')))).toBe('run-paused');
  expect(await decide(async () => void Object.assign(who, { agent: 'clerk' }))).toBe('run-unknown');
  expect(memory.decisions.filter(({ effect }) => effect === 'allow')).toHaveLength(2);
});
