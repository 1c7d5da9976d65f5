import { describe, expect, test } from '@jest/globals';
import { Users } from '../../../lib';
import { frontOf } from '../../../proof/control-point/front';
import { changed, desk } from '../../support/desk';

const idsOf = (calls: readonly { readonly id: string }[]): string[] => calls.map(({ id }) => id);

test('one person passes, and each way of not being that person is refused', () => {
  const calls = frontOf(desk(), 'triage');
  expect(idsOf(calls)).toEqual([
    ...['front/asked', 'front/without-token', 'front/expired', 'front/other-audience', 'front/other-key'],
    ...['front/not-among-askers', 'front/foreign-host'],
  ]);
  expect(calls.filter(({ expect: e }) => e === 'allowed').map(({ from }) => from)).toEqual([
    { person: { subject: 'somebody-of-the-proof', groups: ['support'] } },
  ]);
  for (const call of calls) expect(call).toMatchObject({ request: { method: 'POST', path: '/agents/triage/' } });
  expect(calls.find(({ id }) => id === 'front/without-token')?.from).toEqual({});
});

test('an asker by name is that person, and in no group', () => {
  const declared = changed((draft) => {
    draft.agents.triage.mayAsk = ['user:ada'];
  });
  expect(frontOf(declared, 'triage')[0]?.from).toEqual({ person: { subject: 'ada', groups: [] } });
});

test('nothing is asked of an agent that nobody may ask', () => {
  const declared = changed((draft) => {
    draft.agents.triage.mayAsk = [];
  });
  expect(frontOf(declared, 'triage')).toEqual([]);
  expect(frontOf(declared, 'nobody')).toEqual([]);
});

describe('several identity providers', () => {
  const oidc = (issuer: string) => Users.oidc({ issuer, audience: 'desk' });
  const declared = changed((draft) => {
    draft.users = Users.oneOf({ staff: oidc('https://a.example.com'), guests: oidc('https://b.example.com') });
    draft.approvals.approvers = ['group:staff/support-leads'];
    draft.agents.triage.mayAsk = ['group:staff/support'];
  });

  test('a person is of the provider that the principal names, and the same name of another one is refused', () => {
    const calls = frontOf(declared, 'triage');
    expect(calls[0]?.from).toEqual({
      person: { provider: 'staff', subject: 'somebody-of-the-proof', groups: ['support'] },
    });
    expect(calls.find(({ id }) => id === 'front/other-provider')).toMatchObject({
      expect: 'refused',
      code: 'not-permitted',
      threats: ['name-of-another-provider'],
      from: { person: { provider: 'guests', groups: ['support'] } },
    });
  });
});
