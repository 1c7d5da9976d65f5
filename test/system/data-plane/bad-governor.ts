import { randomBytes } from 'node:crypto';
import { createSecureServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { field, fields, first, frame, number, PHASES, yes } from '../envoy/governor';
import type { Leaf } from '../envoy/pki';

/** What Envoy asks: which phase, where its answer belongs, and whether the request ends with it. */
interface Question {
  readonly phase: string;
  readonly answer: number;
  readonly asked: Buffer;
  readonly last: boolean;
}
type Misbehaviour = (stream: ServerHttp2Stream, question: Question) => void;

const pass = ({ answer, asked }: Question): Buffer => frame(yes(answer, asked));
const trailers = (stream: ServerHttp2Stream, status: string): void => {
  // It may misbehave about several parts that came together.
  if (stream.listenerCount('wantTrailers') > 0) return;
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
  stream.end();
};
const framed = (flags: number, length: number, bytes: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
};
/** A passing answer that also sets a header: HeadersResponse or BodyResponse → CommonResponse → HeaderMutation. */
const mutating = (answer: number, name: string, value: string): Buffer => {
  const header = Buffer.concat([field(1, Buffer.from(name)), field(3, Buffer.from(value))]);
  return field(answer, field(1, field(2, field(1, field(1, header)))));
};

/** Ways to answer that are no answer. */
export const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  'says nothing': () => undefined,
  'answers when the time is over': (stream, question) => {
    setTimeout(() => stream.destroyed || stream.write(pass(question)), 4000);
  },
  'resets the stream': (stream) => stream.close(2),
  'resets the stream without an error': (stream) => stream.close(0),
  'takes the call back': (stream) => stream.close(8),
  'loses the connection': (stream) => stream.session?.destroy(),
  'says goodbye and leaves': (stream) => {
    stream.session?.goaway(0);
    stream.session?.destroy();
  },
  'ends the call as if all were well': (stream) => trailers(stream, '0'),
  'ends the call: unavailable': (stream) => trailers(stream, '14'),
  'ends the call: failed precondition': (stream) => trailers(stream, '9'),
  'sends noise': (stream) => stream.write(randomBytes(256)),
  'sends half a frame': (stream) => stream.write(framed(0, 1000, Buffer.alloc(10))),
  'promises a frame of 4 GiB': (stream) => stream.write(framed(0, 0xffffffff, Buffer.alloc(10))),
  'sends a frame it calls compressed': (stream) => stream.write(framed(1, 4, randomBytes(4))),
  'sends what is no protobuf': (stream) => stream.write(frame(Buffer.alloc(16, 0xff))),
  'sends an empty answer': (stream) => stream.write(frame(Buffer.alloc(0))),
  'sends an unknown answer': (stream) => stream.write(frame(field(99, Buffer.from('pass')))),
  'answers another question': (stream) => stream.write(frame(field(5, Buffer.alloc(0)))),
  'answers about the response': (stream) => stream.write(frame(field(2, Buffer.alloc(0)))),
  'sets the path': (stream, { answer }) => stream.write(frame(mutating(answer, ':path', '/elsewhere'))),
  'sets the host': (stream, { answer }) => stream.write(frame(mutating(answer, 'host', 'elsewhere.example.com'))),
  'asks not to see the rest, then says nothing': (stream, question) => {
    // ProcessingMode with every mode but the request's headers NONE or SKIP: not one that is allowed.
    const unseeing = Buffer.concat([
      number(1, 1),
      number(2, 2),
      number(3, 0),
      number(4, 0),
      number(5, 2),
      number(6, 2),
    ]);
    if (!question.last) stream.write(frame(Buffer.concat([yes(question.answer, question.asked), field(9, unseeing)])));
  },
  // A yes about a request, where Envoy holds the bytes; of an answer it holds none (decision 0039).
  'lets pass what nobody holds': (stream, { answer }) => stream.write(frame(field(answer, Buffer.alloc(0)))),
  'asks for a moment, then says nothing': (stream) => stream.write(frame(field(10, number(1, 1)))),
};

/**
 * Whether Envoy waits on, until the connection ends: it counts no time for an answer, nor for a body after a yes to its
 * headers. Our governor counts its own time, and says both in one breath.
 */
export const isWaitedFor = (name: string, when: When): boolean =>
  name.startsWith('asks not to see') || (when === 'at the answer' && /nothing$|half a frame|4 GiB/.test(name));

/** When it misbehaves. Like our own it says nothing of a request before all of it came; of the rest what is asked before passes. */
export type When = 'at the first question' | 'at the last question about the request' | 'at the answer';

/** A governor that misbehaves at some point. */
class BadGovernor {
  asked = 0;
  private readonly misled = new WeakSet<ServerHttp2Stream>();
  /** Calls that it misbehaved in. */
  misbehaved = 0;
  private misbehaviour: Misbehaviour = () => undefined;
  private when: When = 'at the first question';
  private readonly server: Http2Server;
  private readonly sessions = new Set<ServerHttp2Session>();

  constructor(identity: Leaf) {
    this.server = createSecureServer({ ...identity, requestCert: true, rejectUnauthorized: true });
    this.server.on('session', (session) => {
      this.sessions.add(session);
      session.on('error', () => undefined);
    });
    this.server.on('sessionError', () => undefined);
    this.server.on('stream', (stream) => this.serve(stream));
  }

  behave(name: string, when: When): void {
    this.misbehaviour = MISBEHAVIOURS[name] as Misbehaviour;
    this.when = when;
    this.asked = 0;
  }
  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }
  close(): void {
    for (const session of this.sessions) session.destroy();
    this.server.close();
  }

  private serve(stream: ServerHttp2Stream): void {
    stream.on('error', () => undefined);
    // Envoy may have given it up before it came here.
    if (stream.destroyed) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    let pending = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length >= 5 + pending.readUInt32BE(1)) {
        const end = 5 + pending.readUInt32BE(1);
        this.take(stream, pending.subarray(5, end));
        pending = pending.subarray(end);
      }
    });
  }
  private take(stream: ServerHttp2Stream, request: Buffer): void {
    for (const [n, value] of fields(request)) {
      const known = PHASES[n as keyof typeof PHASES];
      if (known === undefined || stream.destroyed) continue;
      // end_of_stream: field 3 of HttpHeaders, 2 of HttpBody.
      const ends = first(value, known.phase.endsWith('Headers') ? 3 : 2)[0] === 1;
      const question = {
        phase: known.phase,
        answer: known.answer,
        asked: value,
        last: ends || known.phase !== 'requestHeaders',
      };
      this.asked++;
      if (this.due(question)) {
        if (!this.misled.has(stream)) this.misbehaved++;
        this.misled.add(stream);
        this.misbehaviour(stream, question);
      } else if (this.when !== 'at the last question about the request') stream.write(pass(question));
    }
  }

  private due({ phase, last }: Question): boolean {
    if (this.when === 'at the answer') return phase.startsWith('response');
    return this.when === 'at the first question' || last;
  }
}

/** Ways to be no governor at all, below gRPC: each serves one connection. */
export const IMPOSTORS: Readonly<Record<string, (socket: Socket) => void>> = {
  'refuses connections': (socket) => socket.resetAndDestroy(),
  'takes connections and says nothing': () => undefined,
  'speaks no TLS': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  'sends noise before TLS': (socket) => socket.write(randomBytes(512)),
};

/** Servers that speak TLS and then something else. */
export const STRANGE: Readonly<Record<string, { readonly alpn: readonly string[]; readonly says: string }>> = {
  'speaks HTTP/1.1': { alpn: ['http/1.1'], says: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok' },
  'agrees on HTTP/2 and speaks HTTP/1.1': { alpn: ['h2'], says: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok' },
};

/** Servers that speak HTTP/2 and no gRPC. */
export const PLAIN: Readonly<Record<string, Record<string, string | number>>> = {
  'answers a page': { ':status': 200, 'content-type': 'text/html' },
  'ends the call in its first words, as if all were well': {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': '0',
  },
  'answers 404': { ':status': 404 },
  'answers 500': { ':status': 500 },
};

/**
 * One address at which Envoy finds its governor, and a switch for who that is. Open connections are cut when it turns,
 * so that the next question goes to the new one.
 */
export class Switchboard {
  readonly bad: BadGovernor;
  connections = 0;
  private target: number | ((socket: Socket) => void) = (socket) => socket.destroy();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly others: { close(): void }[] = [];

  constructor(identity: Leaf) {
    this.bad = new BadGovernor(identity);
    this.server = createServer((socket) => {
      this.connections++;
      this.keep(socket);
      if (typeof this.target !== 'number') this.target(socket);
      else {
        const other = this.keep(connect(this.target, '127.0.0.1'));
        socket.pipe(other).pipe(socket);
        socket.on('close', () => other.destroy());
        other.on('close', () => socket.destroy());
      }
    });
  }
  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }
  turn(to: number | ((socket: Socket) => void)): void {
    this.target = to;
    this.connections = 0;
    for (const socket of this.sockets) socket.destroy();
  }

  /** A server that agrees on TLS, then says one thing. */
  async strange(
    identity: Leaf,
    { alpn, says }: { readonly alpn: readonly string[]; readonly says: string },
  ): Promise<number> {
    const server = createTlsServer({ ...identity, ALPNProtocols: [...alpn] }, (socket) => {
      socket.on('error', () => undefined);
      socket.write(says);
    });
    server.on('tlsClientError', () => undefined);
    return this.other(server);
  }
  /** A server that answers every call alike. */
  async plain(identity: Leaf, headers: Record<string, string | number>): Promise<number> {
    const server = createSecureServer(identity, undefined);
    server.on('sessionError', () => undefined);
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      if (stream.destroyed) return;
      // Words with a status are the whole answer.
      stream.respond(headers, { endStream: 'grpc-status' in headers });
      if (!('grpc-status' in headers)) stream.end('pass');
    });
    return this.other(server);
  }
  private async other(server: Server | Http2Server): Promise<number> {
    this.others.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const server of [this.server, this.bad, ...this.others]) server.close();
  }
}
