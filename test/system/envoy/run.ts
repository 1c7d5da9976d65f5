import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect as http2Connect } from 'node:http2';
import { connect as tlsConnect } from 'node:tls';
import { EnvoyProcess } from '../../../dev/envoy';
import type { Leaf } from './pki';

/** The Envoy to test with: `npm run test:envoy` provides it. */
export const ENVOY = process.env.ENVOY ?? '';

export { freePorts, get, until } from '../../../dev/loopback';
export { mountFiles, type Places, writeConfig } from '../../../dev/places';

export const validate = (bootstrap: string): { readonly ok: boolean; readonly output: string } => {
  const { status, stderr } = spawnSync(ENVOY, ['--mode', 'validate', '-c', bootstrap, '-l', 'warning'], {
    encoding: 'utf8',
  });
  return { ok: status === 0, output: stderr };
};

/** A running Envoy. */
export class RunningEnvoy extends EnvoyProcess {
  /** @param program what runs it @default - Envoy itself */
  constructor(bootstrap: string, program = ENVOY) {
    super(program, bootstrap);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Milliseconds after the start at which pieces of the body came. */
  readonly pieces: readonly number[];
}

export interface Ask {
  readonly port: number;
  readonly path: string;
  readonly authority: string;
  readonly servername: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly identity?: Leaf;
  readonly ca: string;
}

const FAILED: Answer = { status: 0, headers: {}, body: '', pieces: [] };

/** Its headers, as HTTP/2 has them. */
export const fieldsOf = (ask: Ask): OutgoingHttpHeaders => ({
  ':method': ask.method ?? (ask.body === undefined ? 'GET' : 'POST'),
  ':path': ask.path,
  ':authority': ask.authority,
  ...ask.headers,
});

const exchange = (session: ClientHttp2Session, ask: Ask): Promise<Answer> =>
  new Promise((done) => {
    const start = Date.now();
    const stream = session.request(fieldsOf(ask), { endStream: ask.body === undefined });
    let status = 0;
    let headers: Record<string, unknown> = {};
    let body = '';
    const pieces: number[] = [];
    stream.on('response', (got) => {
      status = Number(got[':status']);
      headers = { ...got };
    });
    stream.on('data', (chunk: Buffer) => {
      body += chunk.toString();
      pieces.push(Date.now() - start);
    });
    const finish = (): void => done({ status, headers, body, pieces });
    stream.on('error', () => undefined);
    // An answer may come before the request is whole: then the stream never closes by itself.
    stream.on('end', finish);
    stream.on('close', finish);
    if (ask.body !== undefined) stream.end(ask.body);
  });

/** A connection over which it is asked, for tests that send in ways of their own. */
export const openSession = (ask: Ask): ClientHttp2Session =>
  http2Connect(`https://127.0.0.1:${ask.port}`, {
    servername: ask.servername,
    ca: ask.ca,
    ...(ask.identity === undefined ? {} : { cert: ask.identity.cert, key: ask.identity.key }),
  });

/** The same request many times over one connection; statuses with how often they came. */
export const sendMany = async (ask: Ask, times: number): Promise<Record<number, number>> => {
  const session = openSession(ask);
  session.on('error', () => undefined);
  const statuses: Record<number, number> = {};
  for (let sent = 0; sent < times; sent += 50)
    for (const { status } of await Promise.all(Array.from({ length: 50 }, () => exchange(session, ask))))
      statuses[status] = (statuses[status] ?? 0) + 1;
  session.destroy();
  return statuses;
};

/** One request over HTTP/2; status 0 where no answer came. */
export const send = async (ask: Ask): Promise<Answer> => {
  const session = openSession(ask);
  const failed = new Promise<Answer>((done) => {
    session.on('error', () => done(FAILED));
    session.on('close', () => setTimeout(() => done(FAILED), 50));
  });
  const answer = await Promise.race([exchange(session, ask).catch(() => FAILED), failed]);
  session.destroy();
  return answer;
};

/** Raw bytes over TLS and what came back: for requests that no client would write. */
export const sendRaw = (
  ask: Pick<Ask, 'port' | 'servername' | 'ca' | 'identity'>,
  bytes: string | Buffer,
): Promise<string> =>
  new Promise((done) => {
    let answer = '';
    const socket = tlsConnect({
      port: ask.port,
      host: '127.0.0.1',
      servername: ask.servername,
      ca: ask.ca,
      ...(ask.identity === undefined ? {} : { cert: ask.identity.cert, key: ask.identity.key }),
    });
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('secureConnect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('\r\n\r\n')) setTimeout(() => socket.destroy(), 200);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done(answer));
  });

/** An empty directory. */
export const emptied = (directory: string): string => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return directory;
};
