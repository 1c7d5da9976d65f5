import { beforeEach, describe, expect, test } from '@jest/globals';
import { Governor, type Verdict } from '../../../services/governor/decide';
import { Guard } from '../../../services/governor/guard/guard';
import { Runs } from '../../../services/governor/identify/runs';
import { Inspector } from '../../../services/governor/inspect';
import type { HttpRequest } from '../../../services/governor/parse/request';
import { team } from '../../support/team';
import { environment } from './support/environment';
import { Memory } from './support/memory';
import { request } from './support/requests';

const configuration = environment(team());
const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['analysts'] };
const QUESTION = { question: 'Who wrote it?' };

let memory: Memory;
let decide: (agent: string, http: HttpRequest) => Promise<Verdict>;

beforeEach(() => {
  memory = new Memory();
  let caller = '';
  let now = 1_000_000;
  const governor = new Governor(configuration, {
    agents: { identify: async () => caller },
    users: { identify: async () => ADA },
    runs: new Runs(memory, 3_600_000),
    history: memory,
    recorder: memory,
    clock: () => now++,
  });
  decide = (agent, http) => {
    caller = agent;
    return governor.request(http);
  };
});

const code = (verdict: Verdict): string => (verdict.kind === 'deny' ? verdict.denial.code : verdict.kind);
const handleOf = (verdict: Verdict): string =>
  verdict.kind === 'forward' ? (verdict.headers['x-firepit-run'] ?? 'none') : code(verdict);
const inRun = (handle: string, path: string, body?: object): HttpRequest =>
  request(path, body, { method: body === undefined ? 'GET' : 'POST', headers: { 'x-firepit-run': handle } });
const opened = async (): Promise<string> =>
  handleOf(await decide('', request('/agents/lead/', QUESTION, { door: 'front' })));
const asked = async (handle: string): Promise<string> =>
  handleOf(await decide('lead', inRun(handle, '/tools/researcher/ask', QUESTION)));
const WEB = '/tools/web/v1/search?q=it';
const DRAFT = ['/tools/writer/draft', { notes: 'It was she.' }] as const;

describe('an agent that another one asks', () => {
  test('works in the same run for the same person, by its own rights, and the record says through whom', async () => {
    const handle = await asked(await opened());
    expect(code(await decide('researcher', inRun(handle, WEB)))).toBe('forward');
    const [question, call, search] = memory.decisions;
    expect(call).toMatchObject({
      effect: 'allow',
      action: 'researcher.ask',
      agent: 'lead',
      because: ['lead.call.researcher'],
      facts: ['unexplained'],
    });
    expect(search).toMatchObject({
      effect: 'allow',
      action: 'web.search',
      agent: 'researcher',
      user: { issuer: ADA.issuer, subject: 'ada' },
      run: question?.run,
      because: ['researcher.call.web'],
      facts: ['through:lead', 'unexplained', 'taint:untrusted'],
    });
    expect(JSON.stringify(memory.decisions)).not.toContain(handle);
  });

  test('has its own rights, not those of whoever asked it', async () => {
    const lead = await opened();
    const researcher = await asked(lead);
    const publish = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'publish', arguments: { title: 'a', text: 'b' } },
    };
    expect(code(await decide('researcher', inRun(researcher, '/tools/library/mcp', publish)))).toBe('not-permitted');
    expect(code(await decide('lead', inRun(lead, '/tools/library/mcp', publish)))).toBe('needs-approval');
    expect(code(await decide('lead', inRun(lead, WEB)))).toBe('not-permitted');
  });

  test('is judged with what the others of the run did, and they with what it did', async () => {
    const library = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'search', arguments: {} },
    };
    const lead = await opened();
    const [one, two] = [await asked(lead), await asked(lead)];
    expect(code(await decide('researcher', inRun(one, WEB)))).toBe('forward');
    expect(code(await decide('researcher', inRun(two, '/tools/library/mcp', library)))).toBe('forward');
    // Another handle of the run, and it knows.
    expect(code(await decide('researcher', inRun(one, WEB)))).toBe('sequence-violated');
    expect(memory.decisions.at(-1)).toMatchObject({ because: ['researcher.sequence.2'] });
    // Another run does not.
    expect(code(await decide('researcher', inRun(await asked(await opened()), WEB)))).toBe('forward');
  });

  test('is stopped with the run', async () => {
    const handle = await asked(await opened());
    for (const [id, run] of memory.runs) memory.runs.set(id, { ...run, state: 'stopped' });
    expect(code(await decide('researcher', inRun(handle, WEB)))).toBe('run-stopped');
  });

  test('acts on the wish of its own model alone', async () => {
    const inspector = new Inspector(configuration.config, new Guard(configuration.config.guard), memory, () => 1);
    const lead = await opened();
    const turn = inRun(lead, '/models/claude/v1/messages', { model: 'claude-sonnet-4-5', messages: [] });
    const wished = await decide('lead', turn);
    if (wished.kind !== 'forward') throw new Error(code(wished));
    const use = { type: 'tool_use', id: 'a', name: 'web_search', input: { q: 'it' } };
    await inspector.answer(wished.pending, {
      status: 200,
      headers: [['content-type', 'application/json']],
      body: Buffer.from(JSON.stringify({ type: 'message', content: [use] })),
    });
    expect(memory.outcomes[0]?.claims).toHaveLength(1);
    expect(code(await decide('researcher', inRun(await asked(lead), WEB)))).toBe('forward');
    expect(memory.decisions.at(-1)?.facts).toContain('unexplained');
  });
});

describe('is denied', () => {
  test('whoever was not declared to ask', async () => {
    const researcher = await asked(await opened());
    const back = inRun(researcher, '/tools/researcher/ask', QUESTION);
    expect(code(await decide('researcher', back))).toBe('not-permitted');
    const writer = handleOf(await decide('researcher', inRun(researcher, ...DRAFT)));
    expect(code(await decide('writer', inRun(writer, '/tools/researcher/ask', QUESTION)))).toBe('too-deep');
  });

  test('a path, or an argument, that the asked agent did not declare', async () => {
    const lead = await opened();
    expect(code(await decide('lead', inRun(lead, '/tools/researcher/healthz')))).toBe('unknown-route');
    const more = { ...QUESTION, as: 'root' };
    expect(code(await decide('lead', inRun(lead, '/tools/researcher/ask', more)))).toBe('invalid-argument');
  });

  test('one question more than the declared depth', async () => {
    const deep = { ...configuration.config, runs: { ...configuration.config.runs, depth: 1 } };
    const governor = new Governor(
      { ...configuration, config: deep },
      {
        agents: { identify: async () => 'researcher' },
        users: { identify: async () => ADA },
        runs: new Runs(memory, 3_600_000),
        history: memory,
        recorder: memory,
        clock: () => 2_000_000,
      },
    );
    const handle = await asked(await opened());
    expect(code(await decide('researcher', inRun(handle, ...DRAFT)))).toBe('forward');
    expect(code(await governor.request(inRun(handle, ...DRAFT)))).toBe('too-deep');
    expect(memory.decisions.at(-1)).toMatchObject({ effect: 'deny', code: 'too-deep', agent: 'researcher' });
  });

  test('the handle of somebody else: of the caller, of another agent, of nobody', async () => {
    const lead = await opened();
    const researcher = await asked(lead);
    for (const [agent, handle] of [
      ['researcher', lead],
      ['writer', researcher],
      ['lead', researcher],
      ['researcher', `p${'A'.repeat(43)}`],
      ['researcher', researcher.slice(1)],
    ] as const)
      expect(code(await decide(agent, inRun(handle, WEB)))).toBe('run-unknown');
  });

  test('a question in no run: nobody would know for whom, nor how deep', async () => {
    expect(code(await decide('lead', request('/tools/researcher/ask', QUESTION)))).toBe('not-permitted');
    expect(memory.handles.size).toBe(0);
  });

  test('a question of which no handle could be kept', async () => {
    const lead = await opened();
    memory.hand = async () => {
      throw new Error('no database');
    };
    expect(code(await decide('lead', inRun(lead, '/tools/researcher/ask', QUESTION)))).toBe('unavailable');
  });
});
