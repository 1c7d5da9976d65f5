import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';

/** What an agent does with a tunnel: it opens it, speaks TLS in it, and asks one thing there. */
export interface Tunnelled {
  /** Port of the proxy on loopback: its sidecar. */
  readonly proxy: number;
  /** Host and port of the CONNECT. */
  readonly to: string;
  /** What the TLS in it names. */
  readonly name: string;
  /** Who signed the host's certificate, in PEM. */
  readonly ca: string;
  /** Of the run. @default - in none */
  readonly handle?: string | undefined;
  /** Of the CONNECT, and of what is asked in the tunnel. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What came back: of the proxy, or of the host in the tunnel. */
export interface Answered {
  /** 0: nobody answered, or the tunnel was cut. */
  readonly status: number;
  readonly body: string;
}

const TIMEOUT_MILLISECONDS = 30_000;
const MILLISECONDS_TO_END = 10_000;
const MILLISECONDS_TO_ASK_AGAIN = 100;
const OPEN = 200;
const TOO_MANY = 429;
const NOBODY: Answered = { status: 0, body: '' };

/** All that comes until the other side is done, or so many bytes of it. */
const read = (socket: Socket, head: Buffer, bytes: number): Promise<string> =>
  new Promise((done) => {
    let all = head;
    const look = (): void => {
      if (all.length >= bytes) done(all.subarray(0, bytes).toString('utf8'));
    };
    socket.on('data', (piece: Buffer) => {
      all = Buffer.concat([all, piece]);
      look();
    });
    for (const end of ['end', 'error', 'close'] as const) socket.once(end, () => done(all.toString('utf8')));
    look();
  });

/** One request in the tunnel, after which the host closes it. */
async function asked(socket: Socket, { name, ca, to, headers }: Tunnelled): Promise<Answered> {
  const tls = connect({ socket, servername: name, ca });
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
  tls.write(['GET / HTTP/1.1', `host: ${to}`, 'connection: close', ...lines, '', ''].join('\r\n'));
  socket.once('close', () => tls.destroy());
  const answer = await read(tls, Buffer.alloc(0), Number.POSITIVE_INFINITY);
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return { status: Number(status), body: answer.slice(answer.indexOf('\r\n\r\n') + 4) };
}

const once = (tunnel: Tunnelled): Promise<Answered> =>
  new Promise((done) => {
    const run = tunnel.handle === undefined ? {} : { 'proxy-authorization': `Basic ${btoa(`run:${tunnel.handle}`)}` };
    const sent = request({
      host: '127.0.0.1',
      port: tunnel.proxy,
      method: 'CONNECT',
      path: tunnel.to,
      headers: { host: tunnel.to, ...tunnel.headers, ...run },
      timeout: TIMEOUT_MILLISECONDS,
    });
    const answered = async (
      { statusCode: status = 0, headers }: IncomingMessage,
      socket: Socket,
      head: Buffer,
    ): Promise<Answered> => {
      socket.on('error', () => undefined);
      socket.setTimeout(TIMEOUT_MILLISECONDS, () => socket.destroy());
      try {
        if (status === OPEN) return await asked(socket, tunnel);
        return { status, body: await read(socket, head, Number(headers['content-length'] ?? 0)) };
      } finally {
        socket.destroy();
      }
    };
    sent.on('connect', (response, socket: Socket, head) => void answered(response, socket, head).then(done));
    sent.on('timeout', () => sent.destroy()).on('error', () => done(NOBODY));
    sent.end();
  });

/** Goes through a tunnel, and again for a while where one before it has not quite ended. */
export async function throughTunnel(tunnel: Tunnelled): Promise<Answered> {
  const end = Date.now() + MILLISECONDS_TO_END;
  for (;;) {
    const answer = await once(tunnel);
    if (answer.status !== TOO_MANY || Date.now() > end) return answer;
    await new Promise((done) => setTimeout(done, MILLISECONDS_TO_ASK_AGAIN));
  }
}
