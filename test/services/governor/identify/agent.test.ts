import { errors } from 'jose';
import { Denial } from '../../../../services/governor/denial';
import { AgentIdentity } from '../../../../services/governor/identify/agent';
import { config } from '../support/requests';
import { type Issuer, issuer, unsigned } from '../support/tokens';

const NOW = 1_800_000_000;
const triage = config.agents.triage!;
const CLAIMS = {
  iss: 'https://kubernetes.default.svc',
  sub: triage.serviceAccount,
  aud: [config.token.audience],
  iat: NOW - 10,
  exp: NOW + 600,
};
const XFCC = `Hash=${'a'.repeat(64)};DNS=${triage.certificateName}`;

let cluster: Issuer;
let stranger: Issuer;
beforeAll(async () => {
  [cluster, stranger] = await Promise.all([issuer(), issuer()]);
});

const identify = (token: string | undefined, xfcc = XFCC, keys = cluster.keys): Promise<string> =>
  new AgentIdentity(config, keys).identify(
    [['x-forwarded-client-cert', xfcc], ...(token === undefined ? [] : [['x-firepit-token', token] as const])],
    new Date(NOW * 1000),
  );

test('certificate and token that name the same agent', async () => {
  await expect(identify(await cluster.sign(CLAIMS))).resolves.toBe('triage');
});

test.each<[string, object]>([
  ['another service account', { sub: 'system:serviceaccount:desk:other' }],
  ['the same name in another namespace', { sub: 'system:serviceaccount:other:triage' }],
  ['another audience', { aud: ['https://kubernetes.default.svc'] }],
  ['no audience', { aud: undefined }],
  ['no subject', { sub: undefined }],
  ['a token that has expired', { exp: NOW - 1 }],
  ['a token that never expires', { exp: undefined }],
  ['a token that is not valid yet', { nbf: NOW + 100 }],
])('nobody: %s', async (_what, change) => {
  await expect(identify(await cluster.sign({ ...CLAIMS, ...change }))).rejects.toMatchObject({ code: 'unidentified' });
});

test('nobody: tokens that the cluster did not sign', async () => {
  const good = await cluster.sign(CLAIMS);
  const [head, , signature] = good.split('.');
  for (const token of [
    undefined,
    '',
    'x',
    await stranger.sign(CLAIMS),
    unsigned(CLAIMS),
    unsigned(CLAIMS, { alg: 'HS256', kid: 'key-1' }, 'AAAA'),
    [
      head,
      Buffer.from(JSON.stringify({ ...CLAIMS, sub: 'system:serviceaccount:desk:other' })).toString('base64url'),
      signature,
    ].join('.'),
  ])
    await expect(identify(token)).rejects.toMatchObject({ code: 'unidentified' });
});

test('nobody: a valid token with the certificate of nobody, and none at all', async () => {
  const token = await cluster.sign(CLAIMS);
  await expect(identify(token, XFCC.replace('triage', 'other'))).rejects.toMatchObject({ code: 'unidentified' });
  await expect(identify(token, '')).rejects.toMatchObject({ code: 'unidentified' });
});

test('nobody can be told apart while the keys cannot be had', async () => {
  const token = await cluster.sign(CLAIMS);
  for (const error of [new Error('ECONNREFUSED'), new errors.JWKSTimeout()]) {
    const down = () => Promise.reject(error);
    await expect(identify(token, XFCC, down)).rejects.toMatchObject({ code: 'unavailable' });
  }
});

test('a token is verified once in a while: by keys that are gone it is refused after that, and never past its end', async () => {
  let keys = cluster.keys;
  let asked = 0;
  const identity = new AgentIdentity(config, (header, token) => {
    asked++;
    return keys(header, token);
  });
  const token = await cluster.sign(CLAIMS);
  const at = (seconds: number, xfcc = XFCC): Promise<string> =>
    identity.identify(
      [
        ['x-forwarded-client-cert', xfcc],
        ['x-firepit-token', token],
      ],
      new Date((NOW + seconds) * 1000),
    );
  await expect(at(0)).resolves.toBe('triage');
  await expect(at(9)).resolves.toBe('triage');
  expect(asked).toBe(1);
  // Remembered is whom the token names; who shows it is looked at each time.
  await expect(at(9, `Hash=${'a'.repeat(64)};DNS=clerk.desk.svc`)).rejects.toMatchObject({ code: 'unidentified' });
  await expect(at(11)).resolves.toBe('triage');
  expect(asked).toBe(2);
  keys = stranger.keys;
  await expect(at(30)).rejects.toMatchObject({ code: 'unidentified' });
  keys = cluster.keys;
  await expect(at(599)).resolves.toBe('triage');
  await expect(at(600)).rejects.toMatchObject({ code: 'unidentified' });
});

describe('where the API server is asked besides', () => {
  const reviewed = async (subject: () => Promise<string>, token: Promise<string>): Promise<string> =>
    new AgentIdentity(config, cluster.keys, { subject }).identify(
      [
        ['x-forwarded-client-cert', XFCC],
        ['x-firepit-token', await token],
      ],
      new Date(NOW * 1000),
    );

  test('it must know the token by the same name', async () => {
    await expect(reviewed(async () => triage.serviceAccount, cluster.sign(CLAIMS))).resolves.toBe('triage');
    const other = reviewed(async () => 'system:serviceaccount:desk:clerk', cluster.sign(CLAIMS));
    await expect(other).rejects.toMatchObject({ code: 'unidentified' });
  });

  test('its no is a no, and so is its silence', async () => {
    for (const code of ['unidentified', 'unavailable'] as const)
      await expect(reviewed(() => Promise.reject(new Denial(code, 'x')), cluster.sign(CLAIMS))).rejects.toMatchObject({
        code,
      });
  });

  test('it is not asked about a token whose signature is wrong', async () => {
    let asked = 0;
    const subject = async (): Promise<string> => {
      asked++;
      return triage.serviceAccount;
    };
    await expect(reviewed(subject, stranger.sign(CLAIMS))).rejects.toMatchObject({ code: 'unidentified' });
    expect(asked).toBe(0);
  });
});
