import { describe, expect, test } from '@jest/globals';
import { Approval, Duration, OpaqueHost, Private, Sequence } from '../../../lib';
import { callsOf } from '../../../proof/control-point/calls';
import { tunnelsOf } from '../../../proof/control-point/tunnels';
import { changed, type Draft, desk } from '../../support/desk';
import { team } from '../../support/team';

const idsOf = (declaration = team(), agent = 'researcher'): string[] =>
  tunnelsOf(declaration, agent).map(({ id }) => id.replace('tunnels/', ''));
const researcher = (change: (agent: Draft) => void) => changed((draft) => change(draft.agents.researcher), team());
const BEGUN = ['allowed', 'plain-text', 'other-name', 'over-bytes', 'over-time'];
const REFUSED = ['other-host', 'other-port', 'past-the-gateway', 'undecided'];

test('who has a host is tried with it, everybody else is refused it, and without any there is nothing to try', () => {
  expect(idsOf()).toEqual([...BEGUN, ...REFUSED]);
  expect(idsOf(team(), 'writer')).toEqual(['not-its-host']);
  expect(idsOf(desk(), 'triage')).toEqual([]);
  const unused = researcher((agent) => {
    agent.tools = agent.tools.filter((name: string) => name !== 'packages.connect');
  });
  expect(callsOf(unused).filter(({ tunnel }) => tunnel !== undefined)).toEqual([]);
});

test('of two hosts an agent is tried with its own, and refused the other one', () => {
  const two = changed((draft) => {
    draft.tools.mirror = OpaqueHost.at(Private.host('mirror.example.com', { cidrs: ['10.1.0.0/24'], port: 8443 }));
    draft.agents.writer.tools = ['mirror.connect'];
  }, team());
  expect(tunnelsOf(two, 'writer').flatMap(({ tunnel }) => tunnel?.to ?? [])).toEqual([
    ...Array(BEGUN.length).fill('mirror.example.com:8443'),
    ...['not-declared.invalid:8443', 'mirror.example.com:8444', 'mirror.example.com:8443'],
    'packages.example.com:443',
  ]);
});

test('each names its reason: what ends it, what refuses it, and the threat', () => {
  const calls = tunnelsOf(team(), 'researcher');
  expect(calls.map(({ control, ends, code, status }) => [control, ends?.code ?? code ?? status])).toEqual([
    ['Governor', undefined],
    ['Governor', 'malformed-message'],
    ['Governor', 'not-permitted'],
    ['Governor', 'tunnel-capped'],
    ['Governor', 'tunnel-capped'],
    ['Governor', 'unknown-route'],
    ['Governor', 'unknown-route'],
    ['NetworkPolicy', undefined],
    ['Gateway', 503],
  ]);
  for (const { expect: wanted, threats } of calls)
    expect(threats.includes('tunnel-to-anywhere')).toBe(wanted === 'refused');
  const [bytes, time] = calls.flatMap(({ ends }) => ends?.bytes ?? []);
  const cap = 64 * 1024 * 1024;
  expect([bytes?.(cap), bytes?.(cap + 1), time?.(cap), time?.(cap + 1)]).toEqual([false, true, true, false]);
});

describe('only as many are begun as the agent’s rules let begin', () => {
  test.each([
    [
      'two in an hour',
      (agent: Draft) => agent.sequence.unshift(Sequence.atMost(2, 'packages.connect', Duration.hours(1))),
      2,
    ],
    ['after a person agreed', (agent: Draft) => agent.needsApproval.push(Approval.of('packages.connect')), 0],
    [
      'after something else',
      (agent: Draft) => agent.sequence.push(Sequence.only('packages.connect').after('web.search', Duration.hours(1))),
      0,
    ],
  ])('%s', (_, change, begun) => {
    expect(idsOf(researcher((agent) => void change(agent)))).toEqual([...BEGUN.slice(0, begun), ...REFUSED]);
  });

  test('and before anything was read that must not leave by them', () => {
    const own = callsOf(team()).filter(({ agent }) => agent === 'researcher');
    const at = (id: string): number => own.findIndex((call) => call.id === id);
    expect(at('tunnels/over-time')).toBeGreaterThan(-1);
    expect(at('tunnels/over-time')).toBeLessThan(at('calls/allowed'));
  });
});
