import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

/** Files with which a server is asked; read anew each time, because they rotate. */
export interface Trust {
  /** CA certificate. @default - the system's trust store */
  readonly ca?: string;
  /** Bearer token. @default - none */
  readonly credential?: string;
}

const TIMEOUT_MILLISECONDS = 5_000;
/** The API server has its keys as a JWK set and refuses to call that plain JSON. */
const ACCEPTED = 'application/jwk-set+json, application/json';
const LONGEST_ANSWER = 1024 * 1024;
/** Keys are asked for again after this long; an unknown key id asks at once, but no more often than the cool-down. */
const CACHE_MILLISECONDS = 10 * 60_000;
const COOL_DOWN_MILLISECONDS = 10_000;

const read = async (response: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new Error(`an answer of more than ${LONGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** JSON from a server over verified TLS; no redirect is followed. */
export const fetchJson = (url: string, trust: Trust): Promise<unknown> => ask(url, trust);

/** The same for JSON that is sent, and JSON that is answered. */
export const postJson = (url: string, trust: Trust, body: object): Promise<unknown> =>
  ask(url, trust, JSON.stringify(body));

async function ask(url: string, trust: Trust, body?: string): Promise<unknown> {
  const ca = trust.ca === undefined ? undefined : readFileSync(trust.ca);
  const token = trust.credential === undefined ? undefined : readFileSync(trust.credential, 'utf8').trim();
  const agent = new Agent({ ...(ca === undefined ? {} : { ca }), keepAlive: false });
  const response = await new Promise<IncomingMessage>((done, failed) => {
    const headers = {
      accept: ACCEPTED,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const method = body === undefined ? 'GET' : 'POST';
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    request(url, { agent, headers, method, signal }, done).on('error', failed).end(body);
  });
  const answered = await read(response);
  // A review is created: the API server says 201.
  if (response.statusCode !== (body === undefined ? 200 : 201))
    throw new Error(`${new URL(url).host} answered ${response.statusCode}`);
  return JSON.parse(answered.toString('utf8'));
}

/** Keys that are fetched when they are needed and renewed by themselves; without them nobody is identified. */
export const remoteKeys = (url: string, trust: Trust): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), {
    cacheMaxAge: CACHE_MILLISECONDS,
    cooldownDuration: COOL_DOWN_MILLISECONDS,
    timeoutDuration: TIMEOUT_MILLISECONDS,
    [customFetch]: async (target: string) => new Response(JSON.stringify(await fetchJson(target, trust))),
  });

/** Signatures that are accepted: asymmetric ones alone, so that no public key is ever taken for a shared secret. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
