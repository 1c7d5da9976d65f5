import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { fetchJson, remoteKeys } from '../../../services/governor/identify/keys';
import { type Issuer, issuer } from '../../services/governor/support/tokens';

const root = mkdtempSync(join(tmpdir(), 'firepit-keys-'));
const ca = join(root, 'cert.pem');
const credential = join(root, 'token');
let server: Server;
let url: string;
let answer: (authorization: string | undefined) => [status: number, body: string];
/** What the server has, by the name that it has it under. */
let type = 'application/json';
let first: Issuer;

beforeAll(async () => {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=keys',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      join(root, 'key.pem'),
      '-out',
      ca,
    ],
    { stdio: 'ignore' },
  );
  writeFileSync(credential, 'reader\n');
  server = createServer({ key: readFileSync(join(root, 'key.pem')), cert: readFileSync(ca) }, (request, response) => {
    const accepted = (request.headers.accept ?? '').split(/, */).includes(type);
    const [status, body] = accepted ? answer(request.headers.authorization) : [406, ''];
    response.writeHead(status, { location: 'https://localhost/elsewhere' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  url = `https://localhost:${(server.address() as AddressInfo).port}/keys`;
  first = await issuer();
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

test('keys come over verified TLS, with the credential, and verify', async () => {
  const seen: (string | undefined)[] = [];
  answer = (authorization) => {
    seen.push(authorization);
    return [200, JSON.stringify({ keys: [first.jwk] })];
  };
  const keys = remoteKeys(url, { ca, credential });
  await jwtVerify(await first.sign({ sub: 'a' }), keys);
  await jwtVerify(await first.sign({ sub: 'b' }), keys);
  expect(seen).toEqual(['Bearer reader']);
});

test('an API server has its keys under a name of their own', async () => {
  // As kube-apiserver answers at /openid/v1/jwks: anything else is 406.
  type = 'application/jwk-set+json';
  answer = () => [200, JSON.stringify({ keys: [first.jwk] })];
  try {
    await jwtVerify(await first.sign({ sub: 'a' }), remoteKeys(url, { ca, credential }));
    type = 'text/html';
    await expect(fetchJson(url, { ca })).rejects.toThrow('answered 406');
  } finally {
    type = 'application/json';
  }
});

test('nothing comes from a server that is not trusted, redirects, fails or says too much', async () => {
  answer = () => [200, '{}'];
  await expect(fetchJson(url, {})).rejects.toThrow(/self-signed/);
  for (const [status, body] of [
    [302, '{}'],
    [500, '{}'],
    [200, 'x'],
    [200, `"${'x'.repeat(2_000_000)}"`],
  ] as const) {
    answer = () => [status, body];
    await expect(fetchJson(url, { ca })).rejects.toThrow();
  }
});
