import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as http2Connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import type { Leaf } from './pki';

/** The Envoy to test with: `npm run test:envoy` provides it. */
export const ENVOY = process.env.ENVOY ?? '';

type Json = Record<string, unknown>;

/** How the generated configuration is moved onto this machine: nothing in it changes but places. */
export interface Places {
  /** Directory for every file. */
  readonly root: string;
  /** Listener and loopback ports; none ⇒ sockets stay as they are. */
  readonly ports: Readonly<Record<number, number>>;
  /** `host:port` of the configuration to a port of this machine. */
  readonly hosts: Readonly<Record<string, number>>;
}

const PATHS = ['/etc/envoy', '/var/run/firepit', '/var/run/envoy'];
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

const movePath = (value: string, root: string): string => {
  if (value === SYSTEM_CA) return join(root, 'system-ca.crt');
  return PATHS.some((prefix) => value === prefix || value.startsWith(`${prefix}/`)) ? join(root, value) : value;
};

const moveSocket = (value: Json, places: Places): Json => {
  const host = String(value.address);
  const port = Number(value.port_value);
  const moved = host === '0.0.0.0' || host === '127.0.0.1' ? places.ports[port] : places.hosts[`${host}:${port}`];
  if (moved === undefined && Object.keys(places.ports).length === 0) return value;
  // A place that nobody listens on, where the test has no stand-in.
  return { address: '127.0.0.1', port_value: moved ?? 1 };
};

const move = (value: unknown, places: Places): unknown => {
  if (typeof value === 'string') return movePath(value, places.root);
  if (Array.isArray(value)) return value.map((item) => move(item, places));
  if (typeof value !== 'object' || value === null) return value;
  if ('port_value' in value) return moveSocket(value as Json, places);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, move(v, places)]));
};

/** Writes a mounted volume as kubelet does: a dated directory behind `..data`, swapped in one step. */
export function mountFiles(root: string, directory: string, files: Readonly<Record<string, string>>): void {
  const target = join(root, directory);
  mkdirSync(target, { recursive: true });
  const dated = `..${process.hrtime.bigint()}`;
  mkdirSync(join(target, dated));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(target, dated, name), content);
  symlinkSync(dated, join(target, '..data_tmp'));
  renameSync(join(target, '..data_tmp'), join(target, '..data'));
  for (const name of Object.keys(files))
    if (!existsSync(join(target, name))) symlinkSync(join('..data', name), join(target, name));
}

/** Writes the configuration, moved, and returns the path of the bootstrap. */
export function writeConfig(
  files: Readonly<Record<string, string>>,
  places: Places,
  edit: (bootstrap: Json) => unknown = (same) => same,
): string {
  const directory = join(places.root, '/etc/envoy');
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(places.root, '/var/run/envoy'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const moved = move(JSON.parse(content), places) as Json;
    // In a pod every volume is mounted before Envoy starts.
    for (const [, watched] of JSON.stringify(moved).matchAll(/"watched_directory":\{"path":"([^"]+)"/g))
      mkdirSync(watched as string, { recursive: true });
    writeFileSync(join(directory, name), JSON.stringify(name === 'envoy.json' ? edit(moved) : moved));
  }
  return join(directory, 'envoy.json');
}

export const validate = (bootstrap: string): { readonly ok: boolean; readonly output: string } => {
  const { status, stderr } = spawnSync(ENVOY, ['--mode', 'validate', '-c', bootstrap, '-l', 'warning'], {
    encoding: 'utf8',
  });
  return { ok: status === 0, output: stderr };
};

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Status of a plain request on loopback, 0 where nobody answers. */
export const get = (
  port: number,
  path: string,
  props: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<number> =>
  new Promise((done) => {
    const { body, ...options } = props;
    const request = httpRequest({ port, path, host: '127.0.0.1', timeout: 5000, ...options }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done(0));
    request.end(body);
  });

export async function until(what: string, holds: () => Promise<boolean> | boolean, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** A running Envoy. */
export class RunningEnvoy {
  log = '';
  private readonly process: ChildProcess;
  constructor(bootstrap: string) {
    this.process = spawn(
      ENVOY,
      [
        '-c',
        bootstrap,
        '--concurrency',
        '1',
        '--disable-hot-restart',
        '-l',
        'warning',
        '--file-flush-interval-msec',
        '200',
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.log += chunk.toString();
      });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGKILL');
    await ended;
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

const exchange = (session: ClientHttp2Session, ask: Ask): Promise<Answer> =>
  new Promise((done) => {
    const start = Date.now();
    const stream = session.request(
      {
        ':method': ask.method ?? (ask.body === undefined ? 'GET' : 'POST'),
        ':path': ask.path,
        ':authority': ask.authority,
        ...ask.headers,
      },
      { endStream: ask.body === undefined },
    );
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

const open = (ask: Ask): ClientHttp2Session =>
  http2Connect(`https://127.0.0.1:${ask.port}`, {
    servername: ask.servername,
    ca: ask.ca,
    ...(ask.identity === undefined ? {} : { cert: ask.identity.cert, key: ask.identity.key }),
  });

/** The same request many times over one connection; statuses with how often they came. */
export const sendMany = async (ask: Ask, times: number): Promise<Record<number, number>> => {
  const session = open(ask);
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
  const session = open(ask);
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
