import { Shares } from '../../../../services/governor/server/shares';
import { changed } from '../../../support/desk';
import fc from '../../../support/property';
import { environment } from '../support/environment';

const { config } = environment(
  changed((draft) => {
    draft.agents.clerk = structuredClone(draft.agents.triage);
  }),
);
const shares = (agentCalls: number): Shares => new Shares({ ...config, limits: { ...config.limits, agentCalls } });
const certificate = (agent: string): string => config.agents[agent]?.certificateName ?? agent;
const back = (agent: string) => ({
  door: 'back' as const,
  method: 'POST',
  path: '/tools/tickets/mcp',
  headers: [['x-forwarded-client-cert', `Hash=0;DNS=${certificate(agent)}`]] as const,
});
const front = (path: string) => ({ door: 'front' as const, method: 'POST', path, headers: [] });

test('one agent uses up its own share, in one direction, and nobody else’s', () => {
  const all = shares(2);
  const [one, two, three] = [all.of(back('triage')), all.of(back('triage')), all.of(back('triage'))];
  expect([one.enter(), two.enter()]).toEqual([undefined, undefined]);
  expect(three.enter()).toMatchObject({ code: 'too-many-calls', facts: ['triage.calls'] });
  for (const head of [back('clerk'), front('/agents/triage/ask'), front('/agents/clerk/ask')])
    expect(all.of(head).enter()).toBeUndefined();
  one.leave();
  expect(three.enter()).toBeUndefined();
});

test.each([
  ['another certificate', back('stranger'), back('nobody')],
  ['no certificate', { ...back('triage'), headers: [] }, back('nobody')],
  ['an agent that is not there', front('/agents/toString/x'), front('/runs/1/stop')],
])('whoever is nobody shares with nobodies: %s', (_, one, other) => {
  const all = shares(1);
  expect(all.of(one).enter()).toBeUndefined();
  expect(all.of(other).enter()).toMatchObject({ code: 'too-many-calls', facts: [] });
  expect(all.of(back('triage')).enter()).toBeUndefined();
});

test('tunnels to an opaque host have a share of their own, as large as its cap', () => {
  const packages = {
    protocol: 'connect' as const,
    operations: {},
    tunnel: { to: 'a.example.com:443', bytes: 1, connections: 1, seconds: 1 },
  };
  const all = new Shares({ ...config, tools: { ...config.tools, packages } });
  const tunnel = (agent: string, path = 'a.example.com:443') => all.of({ ...back(agent), method: 'CONNECT', path });
  const first = tunnel('triage');
  expect(first.enter()).toBeUndefined();
  expect(tunnel('triage').enter()).toMatchObject({ code: 'too-many-calls', facts: ['packages.tunnel.connections'] });
  for (const other of [tunnel('clerk'), tunnel('triage', 'b.example.com:443'), all.of(back('triage'))])
    expect(other.enter()).toBeUndefined();
  first.leave();
  expect(tunnel('triage').enter()).toBeUndefined();
});

test('bodies count while they are judged', () => {
  const all = shares(9);
  const [one, two] = [all.of(back('triage')), all.of(back('triage'))];
  const most = 16 * 1024 * 1024;
  expect(one.load(most)).toBeUndefined();
  expect(two.load(1)).toMatchObject({ code: 'too-many-calls' });
  expect(all.of(back('clerk')).load(most)).toBeUndefined();
  one.unload();
  expect(two.load(most)).toBeUndefined();
});

test('whatever comes and goes in whatever order: never more than the share, and nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5), fc.constantFrom('enter', 'leave', 'leave')), { maxLength: 60 }),
      (steps) => {
        const all = shares(3);
        const calls = Array.from({ length: 6 }, () => all.of(back('triage')));
        const inside = new Set<number>();
        for (const [i, step] of steps) {
          if (step === 'leave') {
            calls[i]?.leave();
            inside.delete(i);
          } else if (!inside.has(i)) {
            const refused = calls[i]?.enter();
            expect(refused === undefined).toBe(inside.size < 3);
            if (refused === undefined) inside.add(i);
          }
        }
      },
    ),
    { numRuns: 50 },
  );
});
