import type { User } from '../../../services/governor/identify/user';
import type { TurnCall } from '../../../services/governor/turn';
import { turnRun } from '../../../services/governor/turn';
import { MemoryStore } from './support/store';

const CONFIG = {
  approvals: {
    server: { host: 'approvals', port: 1 },
    deadlineSeconds: 900,
    approvers: ['group:support-leads', 'user:root'],
  },
};
const RUN = `run-${'0'.repeat(32)}`;
const person = (subject: string, groups: readonly string[] = [], issuer = 'https://login.example.com'): User => ({
  issuer,
  subject,
  groups,
});
const ADA = person('ada', ['support']);
const LEAD = person('lin', ['support-leads']);

const world = async (opener = ADA) => {
  const store = new MemoryStore();
  await store.add({ id: RUN, agent: 'triage', user: opener, opened: 0, expires: 3_600_000, state: 'open' });
  const { runs } = store.opened();
  const turns: unknown[] = [];
  const told: typeof runs = {
    ...runs,
    stop: (run, turn) => {
      turns.push(turn);
      return runs.stop(run, turn);
    },
  };
  /** The state that is told, or the code of the denial. */
  const turn = async (user: User, what: TurnCall['turn'], run = RUN): Promise<string> => {
    const call = { kind: 'turn', run, turn: what, reason: 'it loops' } as const;
    try {
      const { status, body } = await turnRun(CONFIG, told, call, user, 7);
      expect([status, JSON.parse(body).run]).toEqual([200, run]);
      return JSON.parse(body).state;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };
  return { store, turn, turns, state: () => store.runs.get(RUN)?.state };
};

test('whoever it works for stops it, and so does an approver; who and why is told to the store', async () => {
  for (const who of [ADA, LEAD, person('root')]) {
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
])('%s turns nothing', async (_, who) => {
  const { turn, state } = await world();
  for (const what of ['stop', 'pause', 'resume'] as const) expect(await turn(who, what)).toBe('not-permitted');
  expect(state()).toBe('open');
});

test('a run that is not there is answered like one of somebody else', async () => {
  const { store, turn } = await world();
  expect(await turn(LEAD, 'stop', `run-${'1'.repeat(32)}`)).toBe('not-permitted');
  store.find = () => Promise.reject(new Error('away'));
  expect(await turn(LEAD, 'stop')).toBe('Error: away');
});

test('somebody of another provider by the name of an approver is none', async () => {
  const { turn, state } = await world();
  const root = person('root', ['partners/support-leads'], 'https://partners.example.com');
  expect(await turn({ ...root, name: 'partners/root' }, 'stop')).toBe('not-permitted');
  expect(state()).toBe('open');
});
