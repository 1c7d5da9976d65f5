import { Governor } from '../../../services/governor/decide';
import { Runs } from '../../../services/governor/identify/runs';
import type { User } from '../../../services/governor/identify/user';
import { environment } from './support/environment';
import { request } from './support/requests';
import { MemoryStore } from './support/store';

const configuration = environment();
const [approvers] = configuration.config.approvals.approvers;
const person = (subject: string, groups: readonly string[] = [], issuer = 'https://login.example.com'): User => ({
  issuer,
  subject,
  groups,
});
const ADA = person('ada', ['support']);
const LEAD = person('lin', ['support-leads']);

const world = async (opener = ADA) => {
  const store = new MemoryStore();
  const who = { user: opener };
  const { runs } = store.opened();
  const turns: unknown[] = [];
  const governor = new Governor(configuration, {
    agents: { identify: async () => 'triage' },
    users: { identify: async () => who.user },
    runs: new Runs(store, 3_600_000),
    history: store,
    recorder: store,
    clock: () => 7,
    turned: {
      ...runs,
      stop: (run, turn) => {
        turns.push(turn);
        return runs.stop(run, turn);
      },
    },
  });
  await governor.request(request('/agents/triage/ask', { q: 'hi' }, { door: 'front' }));
  const [id = ''] = store.runs.keys();
  /** The state that is told, or the code of the denial. */
  const turn = async (user: User, what: string, run = id): Promise<string> => {
    who.user = user;
    const path = `/runs/${run}/${what}`;
    const verdict = await governor.request(request(path, { reason: 'it loops' }, { door: 'front' }));
    if (verdict.kind === 'done') return JSON.parse(verdict.answer.body).state;
    return verdict.kind === 'deny' ? verdict.denial.code : verdict.kind;
  };
  return { store, turn, turns, state: () => store.runs.get(id)?.state };
};

test('approvers are those that are declared', () => {
  expect(approvers).toBe('group:support-leads');
});

test('whoever it works for stops it, and so does an approver; who and why is told to the store', async () => {
  for (const who of [ADA, LEAD]) {
    const { turn, turns, state } = await world();
    expect(await turn(who, 'stop')).toBe('stopped');
    expect(state()).toBe('stopped');
    expect(turns).toEqual([{ by: { issuer: who.issuer, subject: who.subject }, reason: 'it loops', at: 7 }]);
  }
});

test('both pause it; an approver lets it go on, the one that it works for does not', async () => {
  const { turn, state } = await world();
  expect(await turn(ADA, 'pause')).toBe('paused');
  expect(await turn(ADA, 'resume')).toBe('not-permitted');
  expect(state()).toBe('paused');
  expect(await turn(LEAD, 'resume')).toBe('open');
  expect(await turn(LEAD, 'pause')).toBe('paused');
});

test('nobody lets a run go on that works for them, approver or not', async () => {
  const both = person('ada', ['support', 'support-leads']);
  const { turn } = await world(both);
  expect(await turn(both, 'pause')).toBe('paused');
  expect(await turn(both, 'resume')).toBe('not-permitted');
  expect(await turn(LEAD, 'resume')).toBe('open');
});

test.each([
  ['a colleague', person('eve', ['support'])],
  ['somebody of the same name elsewhere', person('ada', [], 'https://login.example.org')],
  ['somebody called like the group', person('support-leads')],
])('%s turns nothing, and that is on record', async (_, who) => {
  const { store, turn, state } = await world();
  for (const what of ['stop', 'pause', 'resume']) expect(await turn(who, what)).toBe('not-permitted');
  expect(state()).toBe('open');
  expect(store.decisions.at(-1)).toMatchObject({
    effect: 'deny',
    action: 'run:resume',
    agent: undefined,
    user: { subject: who.subject },
  });
});

test('a run that is not there is answered like one of somebody else', async () => {
  const { store, turn } = await world();
  expect(await turn(LEAD, 'stop', `run-${'0'.repeat(32)}`)).toBe('not-permitted');
  store.find = () => Promise.reject(new Error('away'));
  expect(await turn(LEAD, 'stop')).toBe('unavailable');
});
