import {
  experimental,
  Server,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { GovernorConfig } from '../../../contract/governor';
import { dnsNames } from '../../common/certificate-names';
import { MountedCertificates } from './certificates';
import { Exchange, type ExchangeParts } from './exchange';
import type { Log } from './log';
import { type Kind, type Message, PATH, type Reply, readMessage, writeReply } from './messages';

/** gRPC metadata that Envoy's configuration sets: which of the gateway's doors the request came through. */
const DOOR = 'firepit-door';
/** One message is at most one body that is judged whole, and what is around it. */
const MESSAGE_ROOM = 64 * 1024;
/** Exchanges at once; the next one is refused, and nothing is forwarded for it. */
const MOST_EXCHANGES = 10_000;
/** Bodies that are being judged, in bytes. */
const MOST_BYTES = 96 * 1024 * 1024;
/** What is under way has this long to end once the process is told to. Below the pod's 30 seconds of grace. */
const DRAIN_MILLISECONDS = 20_000;

type Call = ServerDuplexStream<Message, Outgoing>;
interface Outgoing {
  readonly kind: Kind;
  readonly reply: Reply;
}

const SERVICE: ServiceDefinition = {
  process: {
    path: PATH,
    requestStream: true,
    responseStream: true,
    requestDeserialize: readMessage,
    requestSerialize: () => {
      throw new Error('the governor asks nobody');
    },
    responseSerialize: ({ kind, reply }: Outgoing) => writeReply(kind, reply),
    responseDeserialize: () => {
      throw new Error('the governor asks nobody');
    },
  },
};

/**
 * The external processor that Envoy asks (envoy.service.ext_proc.v3), over mutual TLS and for the gateway alone. Each
 * call is one exchange. A call that is not ended by Envoy ends as failed, which Envoy takes for a no.
 */
export class GovernorServer {
  private readonly server: Server;
  private readonly certificates: MountedCertificates;
  private readonly open = new Set<Call>();
  private bytes = 0;

  /** @throws Error when the certificate cannot be used */
  constructor(
    private readonly config: Pick<GovernorConfig, 'gateway' | 'limits' | 'tls'>,
    private readonly parts: ExchangeParts,
    private readonly log: Log,
  ) {
    this.certificates = new MountedCertificates(config.tls);
    this.server = new Server({
      'grpc.max_receive_message_length': config.limits.bodyBytes + MESSAGE_ROOM,
      'grpc.max_concurrent_streams': 1_000,
      'grpc.max_metadata_size': 16 * 1024,
      'grpc.keepalive_time_ms': 60_000,
      'grpc.keepalive_timeout_ms': 20_000,
      'grpc.enable_channelz': 0,
    });
    this.server.addService(SERVICE, { process: (call: Call) => this.serve(call) } as UntypedServiceImplementation);
  }

  /** @returns the port that it listens on */
  listen(address: string): Promise<number> {
    const credentials = experimental.createCertificateProviderServerCredentials(
      this.certificates,
      this.certificates,
      true,
    );
    return new Promise((resolve, reject) => {
      this.server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
  }

  /** No new exchange is taken; those under way end, or fail when their time is over. */
  async drain(milliseconds = DRAIN_MILLISECONDS): Promise<void> {
    const ended = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    const timer = setTimeout(() => {
      for (const call of this.open) this.fail(call, 'the governor ends');
    }, milliseconds);
    // Envoy may keep a connection that carries nothing.
    const last = setTimeout(() => this.server.forceShutdown(), milliseconds + 1_000);
    await ended;
    clearTimeout(timer);
    clearTimeout(last);
    this.certificates.close();
  }

  private serve(call: Call): void {
    const door = this.doorOf(call);
    if (door === undefined || this.open.size >= MOST_EXCHANGES) {
      if (door === undefined) this.end(call, status.PERMISSION_DENIED, 'not the gateway, or no door of it');
      else this.end(call, status.RESOURCE_EXHAUSTED, 'too many exchanges');
      return;
    }
    this.open.add(call);
    const exchange = new Exchange(door, this.parts, {
      reply: (kind, reply) => {
        if (!call.cancelled && !call.writableEnded) call.write({ kind, reply });
      },
      fail: (why) => this.fail(call, why),
    });
    let work = Promise.resolve();
    call.on('data', (message: Message) => {
      // The next part is read when this one is judged: whoever sends more waits.
      call.pause();
      work = work.then(() => this.take(call, exchange, message));
    });
    const over = (): void => {
      if (!this.open.delete(call)) return;
      const judged = exchange.over;
      void exchange.end().finally(() => {
        if (!judged) this.end(call, status.ABORTED, 'ended before everything was judged');
        else if (!call.cancelled && !call.writableEnded) call.end();
      });
    };
    call.on('end', over);
    call.on('cancelled', over);
    call.on('error', over);
  }

  private async take(call: Call, exchange: Exchange, message: Message): Promise<void> {
    const { length } = message.body;
    if (this.bytes + length > MOST_BYTES) {
      this.fail(call, 'too many bytes at once');
      return;
    }
    this.bytes += length;
    try {
      await exchange.take(message);
      call.resume();
    } catch (error) {
      const reason = error instanceof Error && error.name === 'OutOfOrder' ? error.message : 'nothing more may pass';
      this.fail(call, reason);
    } finally {
      this.bytes -= length;
    }
  }

  /** The gateway's certificate, and one of its doors; Envoy's configuration says which. */
  private doorOf(call: Call): 'front' | 'back' | undefined {
    const certificate = call.getAuthContext().sslPeerCertificate;
    const [door, ...more] = call.metadata.get(DOOR);
    const names = dnsNames(certificate?.subjectaltname);
    if (names.length !== 1 || names[0] !== this.config.gateway || more.length > 0) return undefined;
    return door === 'front' || door === 'back' ? door : undefined;
  }

  private fail(call: Call, why: string): void {
    this.log.line('warn', 'exchange failed', { reason: why });
    this.end(call, status.ABORTED, why);
  }

  private end(call: Call, code: status, details: string): void {
    if (call.cancelled || call.writableEnded) return;
    call.emit('error', Object.assign(new Error(details), { code, details }));
  }
}
