import { describe, expect, test } from '@jest/globals';
import { environment, Users } from '../../lib';
import { contextOf } from '../../lib/context';
import { governorConfigOf } from '../../lib/governor';
import { cedarPolicy } from '../../lib/identity/cedar';
import { agent, base } from '../types/base';
import { refusal } from './_data';

const staff = Users.oidc({ issuer: 'https://login.example.com', audience: 'desk' });
const partners = Users.oidc({ issuer: 'https://partners.example.com', audience: 'desk', groupsClaim: 'roles' });

/** The base with these providers, its people named by them. */
const declared = (
  providers: Parameters<typeof Users.oneOf>[0],
  mayAsk = ['group:staff/support'],
  approver = 'group:staff/leads',
) => ({
  ...base,
  users: Users.oneOf(providers),
  approvals: { ...base.approvals, approvers: [approver] },
  agents: { triage: { ...agent, mayAsk } },
});
const refused = (...of: Parameters<typeof declared>) => refusal(() => environment(declared(...of) as never));

describe('several identity providers', () => {
  test('are written with their names, and people of each are asked for by theirs', () => {
    const context = contextOf(
      environment(declared({ staff, partners }, ['group:staff/support', 'user:partners/ada']) as never),
    );
    expect(governorConfigOf(context).users).toEqual({
      name: 'staff',
      issuer: staff.issuer,
      audience: 'desk',
      groupsClaim: 'groups',
      others: [{ name: 'partners', issuer: partners.issuer, audience: 'desk', groupsClaim: 'roles' }],
    });
    const { policies } = cedarPolicy(context);
    expect(policies).toContain('permit (principal in Firepit::Group::"staff/support", action');
    expect(policies).toContain('permit (principal == Firepit::User::"partners/ada", action');
  });

  test.each([
    ['of a provider that is not there', 'group:partnes/support', "did you mean 'partners'?"],
    ['of no provider', 'group:support', 'write it as group:staff/support'],
    ['of a provider, and nobody of it', 'user:partners/', 'write it as user:partners/<name>'],
  ])('name nobody %s', (_what, principal, fix) => {
    const finding = { found: `"${principal}"`, expected: expect.stringMatching(/of staff, partners$/), fix };
    expect(refused({ staff, partners }, [principal])).toMatchObject([{ ...finding, path: 'agents.triage.mayAsk[0]' }]);
    expect(refused({ staff, partners }, undefined, principal)).toMatchObject([
      { ...finding, path: 'approvals.approvers[0]' },
    ]);
  });

  test('have an issuer each, and there is one', () => {
    expect(refused({ staff, again: { ...staff, audience: 'other' } })).toEqual([
      {
        path: 'users.providers.again.issuer',
        found: '"https://login.example.com"',
        expected: 'an issuer of its own; staff has this one',
        fix: 'the issuer of a token says which provider it is: declare each once',
      },
    ]);
    expect(refused({})).toEqual([
      {
        path: 'users.providers',
        found: 'no provider',
        expected: 'at least one',
        fix: 'write { staff: Users.oidc({ issuer, audience }) }',
      },
    ]);
  });

  test('are no list', () => {
    expect(refused([staff, partners] as never)).toMatchObject([{ path: expect.stringContaining('users') }]);
  });
});
