import type { GovernorConfig } from '../../../contract/governor';
import { Exchange, type ExchangeParts } from './exchange';
import { GrpcServer } from './grpc';
import { type GrpcCall, type GrpcHandler, STATUS } from './grpc-call';
import type { Log } from './log';
import { type Message, PATH, readMessage, writeReply } from './messages';
import { Room } from './room';

/** gRPC metadata that Envoy's configuration sets: which of the gateway's doors the request came through. */
const DOOR = 'firepit-door';
/** One message is at most one body that is judged whole, and what is around it. */
const MESSAGE_ROOM = 64 * 1024;
/** Exchanges at once; the next one is refused, and nothing is forwarded for it. */
const MOST_EXCHANGES = 10_000;
/** Bodies that are being judged, or wait for their rest, in bytes. */
const MOST_BYTES = 96 * 1024 * 1024;
/** What is under way has this long to end once the process is told to. Below the pod's 30 seconds of grace. */
const DRAIN_MILLISECONDS = 20_000;

/**
 * The external processor that Envoy asks (envoy.service.ext_proc.v3), over mutual TLS and for the gateway alone. Each
 * call is one exchange. A call that is not ended by Envoy ends as failed, which Envoy takes for a no.
 */
export class GovernorServer {
  private readonly server: GrpcServer;
  private readonly open = new Set<GrpcCall>();
  private readonly room = new Room(MOST_BYTES);

  /** @throws Error when the certificate cannot be used */
  constructor(
    private readonly config: Pick<GovernorConfig, 'gateway' | 'limits' | 'tls'>,
    private readonly parts: ExchangeParts,
    private readonly log: Log,
  ) {
    this.server = new GrpcServer({
      path: PATH,
      most: config.limits.bodyBytes + MESSAGE_ROOM,
      tls: config.tls,
      open: (call) => this.serve(call),
    });
  }

  /** @returns the port that it listens on */
  listen(address: string): Promise<number> {
    return this.server.listen(address);
  }

  /** No new exchange is taken; those under way end, or fail when their time is over. */
  async drain(milliseconds = DRAIN_MILLISECONDS): Promise<void> {
    const timer = setTimeout(() => {
      for (const call of this.open) this.fail(call, 'the governor ends');
    }, milliseconds);
    // Envoy may keep a connection that carries nothing.
    const last = setTimeout(() => this.server.destroy(), milliseconds + 1_000);
    await this.server.close();
    clearTimeout(timer);
    clearTimeout(last);
  }

  private serve(call: GrpcCall): GrpcHandler | undefined {
    const door = this.doorOf(call);
    if (door === undefined) {
      call.end(STATUS.PERMISSION_DENIED, 'not the gateway, or no door of it');
      return undefined;
    }
    if (this.open.size >= MOST_EXCHANGES) {
      call.end(STATUS.RESOURCE_EXHAUSTED, 'too many exchanges');
      return undefined;
    }
    this.open.add(call);
    const exchange = new Exchange(door, this.parts, {
      reply: (kind, reply) => call.write(writeReply(kind, reply)),
      fail: (why) => this.fail(call, why),
    });
    return {
      message: (bytes) => this.take(call, exchange, bytes),
      over: () => {
        this.open.delete(call);
        this.room.holds(call, 0);
        const judged = exchange.over;
        void exchange.end().finally(() => {
          if (judged) call.end(STATUS.OK);
          else call.end(STATUS.ABORTED, 'ended before everything was judged');
        });
      },
    };
  }

  private async take(call: GrpcCall, exchange: Exchange, bytes: Buffer): Promise<void> {
    let message: Message;
    try {
      message = readMessage(bytes);
    } catch (error) {
      this.fail(call, (error as Error).message);
      return;
    }
    if (!this.room.holds(call, exchange.held + message.body.length)) {
      this.fail(call, 'too many bytes at once');
      return;
    }
    try {
      await exchange.take(message);
    } catch (error) {
      const reason = error instanceof Error && error.name === 'OutOfOrder' ? error.message : 'nothing more may pass';
      this.fail(call, reason);
    } finally {
      this.room.holds(call, this.open.has(call) ? exchange.held : 0);
    }
  }

  /** The gateway's certificate, and one of its doors; Envoy's configuration says which. */
  private doorOf(call: GrpcCall): 'front' | 'back' | undefined {
    const [name, ...more] = call.caller;
    if (name !== this.config.gateway || more.length > 0) return undefined;
    const door = call.header(DOOR);
    return door === 'front' || door === 'back' ? door : undefined;
  }

  private fail(call: GrpcCall, why: string): void {
    this.log.line('warn', 'exchange failed', { reason: why });
    call.end(STATUS.ABORTED, why);
  }
}
