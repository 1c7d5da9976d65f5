import type { JWTVerifyGetKey } from 'jose';
import { discover, UserIdentity } from '../../../../services/governor/identify/user';
import { type Issuer, issuer, unsigned } from '../support/tokens';

const NOW = 1_800_000_000;
const USERS = { issuer: 'https://login.example.com', audience: 'desk', groupsClaim: 'groups' };
const CLAIMS = { iss: USERS.issuer, sub: 'ada', aud: 'desk', iat: NOW - 10, exp: NOW + 600, groups: ['support'] };

let provider: Issuer;
beforeAll(async () => {
  provider = await issuer();
});
const identify = (
  authorization: string | undefined,
  keys: () => Promise<JWTVerifyGetKey> = async () => provider.keys,
) =>
  new UserIdentity(USERS, keys).identify(
    authorization === undefined ? [] : [['authorization', authorization]],
    new Date(NOW * 1000),
  );
const bearer = async (change: object = {}): Promise<string> =>
  `Bearer ${await provider.sign({ ...CLAIMS, ...change })}`;

test('a person is who the identity provider says', async () => {
  await expect(identify(await bearer())).resolves.toEqual({
    issuer: USERS.issuer,
    subject: 'ada',
    groups: ['support'],
  });
  await expect(identify(await bearer({ groups: undefined }))).resolves.toMatchObject({ groups: [] });
});

test.each<[string, object]>([
  ['of another issuer', { iss: 'https://login.example.com.evil.example' }],
  ['for another audience', { aud: 'other' }],
  ['expired', { exp: NOW - 1 }],
  ['without end', { exp: undefined }],
  ['of nobody', { sub: undefined }],
  ['whose groups are a text', { groups: 'support' }],
  ['whose groups are not all texts', { groups: ['support', 1] }],
])('nobody: a token %s', async (_what, change) => {
  await expect(identify(await bearer(change))).rejects.toMatchObject({ code: 'unidentified' });
});

test('nobody: no token, another scheme, no signature', async () => {
  const token = (await bearer()).slice(7);
  for (const value of [undefined, '', 'Bearer', `Basic ${token}`, `Bearer ${token} x`, `Bearer ${unsigned(CLAIMS)}`])
    await expect(identify(value)).rejects.toMatchObject({ code: 'unidentified' });
});

describe('of several identity providers', () => {
  const partners = {
    issuer: 'https://partners.example.com',
    audience: 'partner-desk',
    groupsClaim: 'roles',
    name: 'partners',
  };
  let other: Issuer;
  let identity: UserIdentity;
  beforeAll(async () => {
    other = await issuer();
    identity = new UserIdentity({ ...USERS, name: 'staff', others: [partners] }, async ({ name }) =>
      name === 'partners' ? other.keys : provider.keys,
    );
  });
  const THEIRS = { ...CLAIMS, iss: partners.issuer, aud: partners.audience, roles: ['support'] };
  const who = async (of: Issuer, claims: object) =>
    identity.identify([['authorization', `Bearer ${await of.sign({ ...claims })}`]], new Date(NOW * 1000));

  test('the issuer says which, and the same names are those of others', async () => {
    await expect(who(provider, CLAIMS)).resolves.toEqual({
      issuer: USERS.issuer,
      subject: 'ada',
      name: 'staff/ada',
      groups: ['staff/support'],
    });
    await expect(who(other, THEIRS)).resolves.toEqual({
      issuer: partners.issuer,
      subject: 'ada',
      name: 'partners/ada',
      groups: ['partners/support'],
    });
  });

  test('nobody of one passes for somebody of another by a name with a slash', async () => {
    const sly = { ...THEIRS, sub: 'staff/ada', roles: ['staff/support', '/staff/support'] };
    await expect(who(other, sly)).resolves.toMatchObject({
      name: 'partners/staff/ada',
      groups: ['partners/staff/support', 'partners//staff/support'],
    });
  });

  test.each<[string, () => Issuer, object]>([
    ['of a provider that was not declared', () => other, { ...CLAIMS, iss: 'https://else.example.com' }],
    ['signed by another provider than it names', () => other, CLAIMS],
    ['for the audience of another provider', () => other, { ...THEIRS, aud: USERS.audience }],
    ['of no issuer', () => provider, { ...CLAIMS, iss: undefined }],
  ])('nobody: a token %s', async (_what, of, claims) => {
    await expect(who(of(), claims)).rejects.toMatchObject({ code: 'unidentified' });
  });

  test('nobody: what is no token', async () => {
    for (const value of ['Bearer x', 'Bearer a.b.c', `Bearer ${unsigned(CLAIMS)}`])
      await expect(identity.identify([['authorization', value]], new Date(NOW * 1000))).rejects.toMatchObject({
        code: 'unidentified',
      });
  });
});

test('an identity provider that cannot be asked is asked again with the next request', async () => {
  let up = false;
  const identity = new UserIdentity(USERS, async () => {
    if (!up) throw new Error('ECONNREFUSED');
    return provider.keys;
  });
  const headers = [['authorization', await bearer()] as const];
  await expect(identity.identify(headers, new Date(NOW * 1000))).rejects.toMatchObject({ code: 'unavailable' });
  up = true;
  await expect(identity.identify(headers, new Date(NOW * 1000))).resolves.toMatchObject({ subject: 'ada' });
});

test('an issuer is found where its name says, and calls itself by that name', async () => {
  const asked: string[] = [];
  const answering = (document: object) => (url: string) => {
    asked.push(url);
    return Promise.resolve(document);
  };
  const good = { issuer: USERS.issuer, jwks_uri: 'https://login.example.com/keys' };
  await expect(discover(USERS, answering(good))).resolves.toBeInstanceOf(Function);
  expect(asked).toEqual(['https://login.example.com/.well-known/openid-configuration']);
  await expect(discover(USERS, answering({ ...good, issuer: 'https://evil.example.com' }))).rejects.toThrow(
    /calls itself/,
  );
  await expect(discover(USERS, answering({ ...good, jwks_uri: 'http://login.example.com/keys' }))).rejects.toThrow();
});
