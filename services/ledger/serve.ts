import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { dnsNames } from '../common/certificate-names';
import { CHECKPOINT, nameOf } from './layout';

/** Certificate, key and authority in PEM. */
export interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const said = (status: number, text: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: Buffer.from(`${text}\n`),
});

/** https://c2sp.org/tlog-tiles: tiles never change, the checkpoint does. */
const TILE = { 'content-type': 'application/octet-stream', 'cache-control': 'public, max-age=31536000, immutable' };
const NOTE = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };

/** What the log answers to a path: one of its files, or that there is none. */
export function answerOf(folder: string, method: string, path: string): Answer {
  if (method !== 'GET' && method !== 'HEAD')
    return said(405, 'the log is read here, not written', { allow: 'GET, HEAD' });
  const file = path.slice(1);
  const isCheckpoint = path === `/${CHECKPOINT}`;
  if (!(isCheckpoint || nameOf(file) !== undefined) || !existsSync(join(folder, file)))
    return said(404, 'no such tile');
  return { status: 200, headers: isCheckpoint ? NOTE : TILE, body: readFileSync(join(folder, file)) };
}

/**
 * The log to whoever may read it: the files of its folder by their names, over mutual TLS, and nothing else. A reader
 * verifies by itself; the server adds nothing to what was signed.
 * @param readers DNS names in the certificates that may read
 */
export function logServer(folder: string, readers: readonly string[], identity: Identity): Server {
  const tls = { ...identity, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;
  return createServer(tls, (request, response) => {
    const { method = '', url = '' } = request;
    const { subjectaltname } = (request.socket as TLSSocket).getPeerCertificate();
    const mayRead = dnsNames(subjectaltname).some((name) => readers.includes(name));
    const { status, headers, body } = mayRead
      ? answerOf(folder, method, url)
      : said(403, 'this certificate may not read the log');
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
  });
}
