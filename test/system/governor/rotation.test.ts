import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentIdentity } from '../../../services/governor/identify/agent';
import { remoteKeys } from '../../../services/governor/identify/keys';
import { type Issuer, issuer } from '../../services/governor/support/tokens';
import { Pki } from '../envoy/pki';

const MINUTE = 60_000;
const root = mkdtempSync(join(tmpdir(), 'firepit-rotation-'));
const agents = {
  triage: { certificateName: 'triage.desk.svc', serviceAccount: 'system:serviceaccount:desk:triage' },
} as unknown as ConstructorParameters<typeof AgentIdentity>[0]['agents'];

let server: Server;
let url: string;
let asked = 0;
let page: () => readonly [status: number, body: string];
let old: Issuer;
let fresh: Issuer;
/** jose reads the clock for the age of keys: here the test turns it. */
let now = Date.now();
let identity: AgentIdentity;

beforeAll(async () => {
  const { cert, key, ca } = new Pki(join(root, 'pki')).leaf('localhost');
  writeFileSync(join(root, 'ca.crt'), ca);
  server = createServer({ cert, key }, (_request, response) => {
    asked++;
    const [status, body] = page();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  url = `https://localhost:${(server.address() as AddressInfo).port}/keys`;
  [old, fresh] = [await issuer('old'), await issuer('fresh')];
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  asked = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  serve(old);
  const token = { audience: 'firepit-desk', jwks: url, ca: join(root, 'ca.crt') };
  const config = { agents, token } as ConstructorParameters<typeof AgentIdentity>[0];
  identity = new AgentIdentity(config, remoteKeys(url, token));
});
afterEach(() => jest.restoreAllMocks());

const serve = (...issuers: readonly Issuer[]): void => {
  page = () => [200, JSON.stringify({ keys: issuers.map(({ jwk }) => jwk) })];
};
/** Triage calls with a token of this issuer. @returns the agent, or the code of the denial */
const by = async ({ sign }: Issuer): Promise<string> => {
  const seconds = Math.floor(now / 1000);
  const claims = { sub: agents.triage?.serviceAccount ?? '', aud: 'firepit-desk', iat: seconds, exp: seconds + 3600 };
  const headers = [
    ['x-forwarded-client-cert', 'Hash=0;DNS=triage.desk.svc'],
    ['x-firepit-token', await sign(claims)],
  ] as const;
  return identity.identify(headers, new Date(now)).catch((error) => error.code);
};

test('keys are rotated: the new one is found when it is needed, the old one ends with the memory of it', async () => {
  expect(await by(old)).toBe('triage');
  serve(fresh);
  now += MINUTE;
  expect([await by(fresh), await by(old), asked]).toEqual(['triage', 'unidentified', 2]);
});

test('a key that is gone is forgotten after a while, also where nobody brings a new one', async () => {
  expect(await by(old)).toBe('triage');
  serve(fresh);
  now += 11 * MINUTE;
  expect(await by(old)).toBe('unidentified');
});

test('unknown keys are not a way to make the governor ask without end', async () => {
  expect(await by(old)).toBe('triage');
  for (let i = 0; i < 20; i++) expect(await by(fresh)).toBe('unidentified');
  expect(asked).toBe(1);
});

test.each<[string, () => readonly [number, string]]>([
  ['down', () => [503, '']],
  ['no JSON', () => [200, '<html>']],
  ['half of JSON', () => [200, '{"keys":[']],
  ['another shape', () => [200, '{"keys":"all of them"}']],
  ['an empty set', () => [200, '{"keys":[]}']],
  ['keys of no kind', () => [200, '{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kid":"old"},{}]}']],
  ['the key for another use', () => [200, JSON.stringify({ keys: [{ ...old.jwk, use: 'enc' }] })]],
])(
  '%s: those who are known pass while the keys are fresh, nobody does after that, and it heals',
  async (_what, answer) => {
    expect(await by(old)).toBe('triage');
    page = answer;
    now += MINUTE;
    expect(await by(old)).toBe('triage');
    now += 10 * MINUTE;
    expect(['unavailable', 'unidentified']).toContain(await by(old));
    serve(old);
    now += MINUTE;
    expect(await by(old)).toBe('triage');
  },
);

test('keys that were never had: nobody is anybody', async () => {
  page = () => [503, ''];
  expect(await by(old)).toBe('unavailable');
});
