import { describe, expect, test } from '@jest/globals';
import { Duration, Reach, Sequence, Taint } from '../../../lib';
import { THREATS } from '../../../lib/minimum-bar';
import { type Call, callsOf } from '../../../proof/control-point/calls';
import { parseRequest } from '../../../services/governor/parse/parse';
import { environment } from '../../services/governor/support/environment';
import { changed, desk } from '../../support/desk';
import { team } from '../../support/team';

const declaration = changed((draft) => {
  draft.agents.clerk = {
    ...structuredClone(draft.agents.triage),
    models: [],
    tools: ['crm.customer'],
    needsApproval: [],
    sequence: [],
  };
});
const calls = callsOf(declaration);
const named = (id: string, agent = 'triage'): Call | undefined => calls.find((c) => c.id === id && c.agent === agent);
const idsOf = (agent: string): string[] => calls.filter((c) => c.agent === agent).map(({ id }) => id);

test('each agent has something that passes, and beside it what must not', () => {
  for (const agent of ['triage', 'clerk'])
    expect(idsOf(agent)).toEqual(
      expect.arrayContaining([
        ...['calls/allowed', 'calls/foreign-run', 'calls/undecided', 'calls/undeclared-tool'],
        'calls/without-certificate',
      ]),
    );
  expect(idsOf('triage')).toEqual(
    expect.arrayContaining([
      ...['calls/ambiguous-body', 'calls/model', 'calls/unlisted-model', 'calls/secret'],
      ...['calls/undeclared-operation', 'calls/unapproved'],
    ]),
  );
});

test('an id and an agent name one call, and every threat is one in scope', () => {
  expect(new Set(calls.map(({ id, agent }) => `${id} ${agent}`)).size).toBe(calls.length);
  const known = THREATS.filter(({ outOfScope }) => outOfScope === undefined).map(({ id }) => id);
  expect(calls.flatMap(({ threats }) => threats).filter((id) => !known.includes(id))).toEqual([]);
  expect(calls.filter(({ expect: e, threats }) => e === 'refused' && threats.length === 0)).toEqual([]);
});

test('what is called is as declared', () => {
  expect(named('calls/allowed')?.request).toMatchObject({ method: 'POST', body: expect.stringContaining('"search"') });
  expect(named('calls/allowed', 'clerk')?.request).toMatchObject({ method: 'GET' });
  expect(named('calls/unapproved')?.request.body).toContain('"close"');
  expect(named('calls/undeclared-operation')?.request.body).toContain('"purge"');
});

test('a body with two readings has the same key twice, and the governor says so', () => {
  const { method = '', path = '', headers = {}, body = '' } = named('calls/ambiguous-body')?.request ?? {};
  expect(() => JSON.parse(body)).not.toThrow();
  const http = { door: 'back' as const, method, path, headers: Object.entries(headers), body: Buffer.from(body) };
  expect(parseRequest(environment(declaration).config, http)).toMatchObject({ denial: { code: 'malformed-json' } });
});

describe('what cannot be tried is left out', () => {
  test('a pinned operation, which a server must have shown', () => {
    const pinned = changed((draft) => {
      for (const operation of Object.values(draft.tools.tickets.operations as Record<string, { manifest?: string }>))
        operation.manifest = `sha256:${'a'.repeat(64)}`;
      draft.agents.triage.tools = ['tickets.search'];
      draft.agents.triage.needsApproval = [];
      draft.agents.triage.sequence = [];
    });
    expect(callsOf(pinned).map(({ id }) => id)).not.toContain('calls/allowed');
  });

  test('an operation whose answer depends on what was called before', () => {
    const ordered = changed((draft) => {
      draft.agents.triage.sequence = [
        Sequence.only('tickets.close').after('tickets.search', Duration.minutes(5)),
        Sequence.only('tickets.search').after('tickets.close', Duration.minutes(5)),
        Sequence.never(Taint.UNTRUSTED).before(Reach.EXTERNAL),
      ];
      draft.agents.triage.tools = ['tickets.search', 'tickets.reply', 'tickets.close'];
    });
    const ids = callsOf(ordered).map(({ id }) => id);
    expect(ids).not.toContain('calls/allowed');
    expect(ids).not.toContain('calls/unapproved');
  });

  test('a model, where the agent has none', () => {
    expect(idsOf('clerk').filter((id) => /model|secret/.test(id))).toEqual([]);
  });

  test('the declared desk has them all', () => {
    expect(callsOf(desk()).length).toBeGreaterThan(8);
  });
});

test('another agent is asked in no run, which must be refused, and is never the call that must pass', () => {
  const ofTeam = callsOf(team());
  const lead = ofTeam.filter(({ agent }) => agent === 'lead');
  expect(lead.find(({ id }) => id === 'calls/peer-in-no-run')).toMatchObject({
    expect: 'refused',
    code: 'not-permitted',
    request: { method: 'POST', path: '/tools/researcher/ask' },
  });
  const passing = ofTeam.filter(({ expect: e, request }) => e === 'allowed' && /researcher|writer/.test(request.path));
  expect(passing).toEqual([]);
  expect(calls.filter(({ id }) => id === 'calls/peer-in-no-run')).toEqual([]);
});
