import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { dnsNames } from '../../common/certificate-names';
import { MountedCertificates } from './certificates';
import { Call, type GrpcCall, type GrpcHandler, STATUS, type Status } from './grpc-call';

const MOST_STREAMS = 1_000;
const MOST_HEADER_BYTES = 16 * 1024;
/** A connection that carries nothing is asked whether it is still there. */
const PING_MILLISECONDS = 60_000;
const PONG_MILLISECONDS = 20_000;

export interface GrpcServerProps {
  /** Of the one method that there is. */
  readonly path: string;
  /** Bytes of one message. */
  readonly most: number;
  readonly tls: ConstructorParameters<typeof MountedCertificates>[0];
  /** @returns undefined where the call was ended */
  readonly open: (call: GrpcCall) => GrpcHandler | undefined;
}

/**
 * One bidirectional method of gRPC over mutual TLS, on Node's own HTTP/2. The library for all of gRPC takes nearly twice
 * the processor time for a call; see docs/reference/speed.md.
 */
export class GrpcServer {
  private readonly server: Http2SecureServer;
  private readonly certificates: MountedCertificates;
  private readonly sessions = new Set<ServerHttp2Session>();

  /** @throws Error when the certificate cannot be used */
  constructor(private readonly props: GrpcServerProps) {
    this.certificates = new MountedCertificates(props.tls, () => this.server.setSecureContext(this.secure));
    this.server = createSecureServer({
      ...this.secure,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
      settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: MOST_HEADER_BYTES },
      // What waits to be judged is counted where it is judged.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    this.server.on('session', (session) => this.serve(session));
  }

  /** @returns the port that it listens on */
  listen(address: string): Promise<number> {
    const { hostname, port } = new URL(`http://${address}`);
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(Number(port), hostname.replace(/^\[|\]$/g, ''), () =>
        resolve((this.server.address() as AddressInfo).port),
      );
    });
  }

  /** Takes no new call, and resolves when the last one has ended. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const session of this.sessions) session.close();
    await closed;
    this.certificates.close();
  }

  /** Ends what is still there. */
  destroy(): void {
    for (const session of this.sessions) session.destroy();
  }

  private get secure() {
    return { ...this.certificates.files, minVersion: 'TLSv1.3' } as const;
  }

  private serve(session: ServerHttp2Session): void {
    const { subjectaltname } = (session.socket as TLSSocket).getPeerCertificate();
    const caller = dnsNames(subjectaltname);
    this.sessions.add(session);
    const timer = setInterval(() => this.ask(session), PING_MILLISECONDS).unref();
    session.on('close', () => {
      clearInterval(timer);
      this.sessions.delete(session);
    });
    session.on('error', () => undefined);
    session.on('stream', (stream, headers) => this.take(new Call(stream, headers, caller, this.props.most)));
  }

  private take(call: Call): void {
    const [status, why] = this.wrong(call);
    if (status !== STATUS.OK) {
      call.end(status, why);
      return;
    }
    const handler = this.props.open(call);
    if (handler !== undefined) call.start(handler);
  }

  private wrong(call: Call): readonly [Status, string] {
    const type = call.header('content-type') ?? '';
    if (call.header(':method') !== 'POST' || !/^application\/grpc(\+proto)?(;|$)/.test(type))
      return [STATUS.INTERNAL, 'not a call of gRPC'];
    if (call.header(':path') !== this.props.path) return [STATUS.UNIMPLEMENTED, 'no such method'];
    if ((call.header('grpc-encoding') ?? 'identity') !== 'identity')
      return [STATUS.UNIMPLEMENTED, 'messages are not compressed'];
    return [STATUS.OK, ''];
  }

  private ask(session: ServerHttp2Session): void {
    const late = setTimeout(() => session.destroy(), PONG_MILLISECONDS).unref();
    session.ping(() => clearTimeout(late));
  }
}
