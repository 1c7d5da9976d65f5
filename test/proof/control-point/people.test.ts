import { expect, test } from '@jest/globals';
import { createLocalJWKSet } from 'jose';
import { Users } from '../../../lib';
import { type Flaw, People } from '../../../proof/control-point/people';
import { twinOf } from '../../../proof/control-point/twin';
import { copyOf } from '../../../proof/copy';
import { UserIdentity } from '../../../services/governor/identify/user';
import { changed, desk } from '../../support/desk';

const twin = twinOf(copyOf(desk(), 'desk-proof-abcd'));
const people = new People(twin);
const ada = { subject: 'ada', groups: ['support'] };

/** The governor's own view of these people. */
const identify = async (person: typeof ada, flaw?: Flaw): Promise<unknown> => {
  const documents = await people.documents();
  const keys = createLocalJWKSet(JSON.parse(documents.get('jwks') ?? ''));
  const identity = new UserIdentity(twin.users as never, async () => keys);
  const token = await people.token(person, flaw);
  return identity.identify([['authorization', `Bearer ${token}`]], new Date()).catch((error) => error.code);
};

test('the governor knows the person by a token of theirs, and by no other', async () => {
  expect(await identify(ada)).toMatchObject({ subject: 'ada', groups: ['support'] });
  for (const flaw of ['expired', 'other-audience', 'other-key'] as const)
    expect([flaw, await identify(ada, flaw)]).toEqual([flaw, 'unidentified']);
});

test('what is published is where the twin looks for it', async () => {
  const documents = await people.documents();
  const issuer = 'https://upstream.desk-proof-abcd-neighbours.svc.cluster.local:8443';
  expect(twin.users).toMatchObject({ issuer });
  expect(JSON.parse(documents.get('.well-known/openid-configuration') ?? '')).toEqual({
    issuer,
    jwks_uri: `${issuer}/jwks`,
  });
});

test('each of several providers has documents of its own, and a person only one of them', async () => {
  const oidc = (issuer: string) => Users.oidc({ issuer, audience: 'desk' });
  const several = new People(
    twinOf(
      copyOf(
        changed((draft) => {
          draft.users = Users.oneOf({ staff: oidc('https://a.example.com'), guests: oidc('https://b.example.com') });
          draft.approvals.approvers = ['group:staff/support-leads'];
          draft.agents.triage.mayAsk = ['group:staff/support'];
        }),
        'desk-proof-abcd',
      ),
    ),
  );
  expect([...(await several.documents()).keys()]).toEqual([
    ...['staff/.well-known/openid-configuration', 'staff/jwks'],
    ...['guests/.well-known/openid-configuration', 'guests/jwks'],
  ]);
  await expect(several.token({ ...ada, provider: 'staff' })).resolves.toMatch(/^ey/);
  expect(() => several.token(ada)).toThrow(/no identity provider/);
});
