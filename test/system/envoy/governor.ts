import { createSecureServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Leaf } from './pki';

/** Parts of envoy.service.ext_proc.v3 by field number: what Envoy sends, and where the answer belongs. */
export const PHASES = {
  2: { phase: 'requestHeaders', answer: 1 },
  3: { phase: 'responseHeaders', answer: 2 },
  4: { phase: 'requestBody', answer: 3 },
  5: { phase: 'responseBody', answer: 4 },
  6: { phase: 'requestTrailers', answer: 5 },
  7: { phase: 'responseTrailers', answer: 6 },
} as const;
type Phase = (typeof PHASES)[keyof typeof PHASES]['phase'];

export interface Message {
  readonly phase: Phase;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly door: string;
}

/** What the stand-in does with a message: let pass, say nothing ever, refuse, or ask for time first. */
export type Verdict = 'pass' | 'silence' | 'refuse' | { readonly holdMilliseconds: number };

const varint = (n: number): Buffer => {
  const bytes: number[] = [];
  let rest = n;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
};
export const field = (number: number, value: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
export const number = (at: number, value: number): Buffer => Buffer.concat([varint(at << 3), varint(value)]);

export function* fields(buffer: Buffer): Generator<[number: number, value: Buffer]> {
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buffer[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < buffer.length) {
    const tag = read();
    if ((tag & 7) === 2) {
      const length = read();
      yield [tag >> 3, buffer.subarray(at, at + length)];
      at += length;
    } else yield [tag >> 3, varint(read())];
  }
}
export const first = (buffer: Buffer, wanted: number): Buffer =>
  [...fields(buffer)].find(([n]) => n === wanted)?.[1] ?? Buffer.alloc(0);

const headersOf = (httpHeaders: Buffer): Record<string, string> =>
  Object.fromEntries(
    [...fields(first(httpHeaders, 1))].map(([, header]) => [
      first(header, 1).toString(),
      (first(header, 3).length > 0 ? first(header, 3) : first(header, 2)).toString(),
    ]),
  );

export const frame = (message: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};
/** Where a yes about a body of an answer belongs. */
const RESPONSE_BODY = 4;
/** A yes. Of an answer's body that is the bytes themselves: BodyResponse, CommonResponse, BodyMutation, StreamedBodyResponse. */
export const yes = (answer: number, asked: Buffer): Buffer => {
  const nested =
    (...path: readonly number[]) =>
    (bytes: Buffer): Buffer =>
      path.reduceRight((inner, at) => field(at, inner), bytes);
  return answer === RESPONSE_BODY ? nested(answer, 1, 3, 3)(asked) : field(answer, Buffer.alloc(0));
};

/** A governor that does as it is told: just enough of gRPC and ext_proc to see what Envoy does with its answers. */
export class GovernorStandIn {
  readonly messages: Message[] = [];
  decide: (message: Message) => Verdict = () => 'pass';
  private readonly server: Http2Server;
  private readonly sessions = new Set<ServerHttp2Session>();

  constructor(identity: Leaf) {
    this.server = createSecureServer({ ...identity, requestCert: true, rejectUnauthorized: true });
    this.server.on('stream', (stream, headers) => this.serve(stream, String(headers['firepit-door'] ?? '')));
    this.server.on('sessionError', () => undefined);
    this.server.on('session', (session) => this.sessions.add(session));
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const session of this.sessions) session.destroy();
    this.server.close();
  }

  private serve(stream: ServerHttp2Stream, door: string): void {
    stream.on('error', () => undefined);
    // Envoy may have given it up before it came here.
    if (stream.destroyed) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    let pending = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length >= 5 + pending.readUInt32BE(1)) {
        const end = 5 + pending.readUInt32BE(1);
        this.answer(stream, door, pending.subarray(5, end));
        pending = pending.subarray(end);
      }
    });
    stream.on('end', () => stream.end());
  }

  private answer(stream: ServerHttp2Stream, door: string, request: Buffer): void {
    for (const [n, value] of fields(request)) {
      const known = PHASES[n as keyof typeof PHASES];
      if (known === undefined) continue;
      const headers = known.phase.endsWith('Headers') ? headersOf(value) : {};
      const message = {
        phase: known.phase,
        headers,
        body: known.phase.endsWith('Body') ? first(value, 1) : Buffer.alloc(0),
        door,
      };
      this.messages.push(message);
      this.reply(stream, yes(known.answer, value), this.decide(message));
    }
  }

  private reply(stream: ServerHttp2Stream, pass: Buffer, verdict: Verdict): void {
    const send = (message: Buffer): void => {
      if (!stream.destroyed) stream.write(frame(message));
    };
    if (verdict === 'silence') return;
    if (verdict === 'pass') send(pass);
    else if (verdict === 'refuse') send(field(7, field(1, number(1, 403))));
    else {
      // override_message_timeout, a Duration in seconds; then the real answer.
      send(field(10, number(1, Math.ceil(verdict.holdMilliseconds / 1000) + 2)));
      setTimeout(() => send(pass), verdict.holdMilliseconds);
    }
  }
}
