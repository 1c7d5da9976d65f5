import { Governor } from '../../../../services/governor/decide';
import { Runs } from '../../../../services/governor/identify/runs';
import { Inspector } from '../../../../services/governor/inspect';
import { Log } from '../../../../services/governor/server/log';
import { Metrics } from '../../../../services/governor/server/metrics';
import { namesOf, ObservedGuard, ObservedRecorder } from '../../../../services/governor/server/observed';
import { environment } from '../support/environment';
import { Memory } from '../support/memory';
import { call, MCP, request } from '../support/requests';
import { TOKEN } from '../support/streams';

const configuration = environment();
const { config } = configuration;
const CLAUDE = request('/models/claude/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] });

const world = () => {
  const memory = new Memory();
  const lines: string[] = [];
  const metrics = new Metrics();
  const guard = new ObservedGuard(config.guard, metrics);
  const recorder = new ObservedRecorder(
    memory,
    config,
    metrics,
    new Log(
      () => 0,
      (line) => void lines.push(line),
    ),
  );
  const governor = new Governor(configuration, {
    agents: { identify: async () => 'triage' },
    users: { identify: async () => ({ issuer: 'i', subject: 'ada', groups: [] }) },
    runs: new Runs(memory, 1000),
    history: memory,
    recorder,
    clock: () => 0,
    guard,
  });
  const inspector = new Inspector(config, guard, recorder, () => 0);
  const count = async (line: string): Promise<boolean> => (await metrics.registry.metrics()).split('\n').includes(line);
  return { memory, lines, governor, inspector, count };
};

test('decisions are counted by what is declared, and every one has a line', async () => {
  const { governor, lines, count } = world();
  await governor.request(request(MCP, call('search')));
  await governor.request(request(MCP, call('made-up-by-somebody')));
  await governor.request(request(MCP, call('search', { text: TOKEN })));
  const counted = (operation: string, effect: string, code: string): string =>
    `firepit_decisions_total{agent="triage",operation="${operation}",effect="${effect}",code="${code}"} 1`;
  expect(await count(counted('tickets.search', 'allow', ''))).toBe(true);
  expect(await count(counted('undeclared', 'deny', 'not-permitted'))).toBe(true);
  expect(await count(counted('tickets.search', 'deny', 'guard-blocked'))).toBe(true);
  expect(await count('firepit_guard_hits_total{zone="model"} 1')).toBe(true);
  expect(await count('firepit_decision_seconds_count 3')).toBe(true);
  expect(lines.map((line) => JSON.parse(line).effect)).toEqual(['allow', 'deny', 'deny']);
  expect(lines.join('')).not.toContain('made-up');
  expect(namesOf(config).has('tickets.purge')).toBe(true);
});

test('tokens are counted as the model told them', async () => {
  const { governor, inspector, count } = world();
  const verdict = await governor.request(CLAUDE);
  const answer = { type: 'message', content: [], usage: { input_tokens: 11, output_tokens: 5 } };
  const headers = [['content-type', 'application/json']] as const;
  if (verdict.kind === 'forward')
    await inspector.answer(verdict.pending, { status: 200, headers, body: Buffer.from(JSON.stringify(answer)) });
  const line = (direction: string, tokens: number): string =>
    `firepit_model_tokens_total{agent="triage",model="claude/claude-sonnet-4-5",direction="${direction}"} ${tokens}`;
  expect(await count(line('input', 11))).toBe(true);
  expect(await count(line('output', 5))).toBe(true);
});

test('what could not be recorded is not counted as decided', async () => {
  const { memory, governor, lines, count } = world();
  memory.before = () => {
    throw new Error('disk full');
  };
  expect((await governor.request(request(MCP, call('search')))).kind).toBe('deny');
  expect(await count('firepit_decision_seconds_count 0')).toBe(true);
  expect(lines).toEqual([]);
});
