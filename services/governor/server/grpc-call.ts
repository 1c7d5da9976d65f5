import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { BadFrame, Frames, framed } from './frames';

/** Codes of gRPC that are used here: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const STATUS = {
  OK: 0,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
} as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** One call, as long as it is open. */
export interface GrpcCall {
  /** DNS names in the certificate of whoever calls. */
  readonly caller: readonly string[];
  /** Whether it has ended, or whoever called is gone: nothing that is written arrives. */
  readonly over: boolean;
  /** One of its headers; of one that came twice all values, with commas. */
  header(name: string): string | undefined;
  write(message: Buffer): void;
  end(status: Status, details?: string): void;
}

/** What is done with a call. */
export interface GrpcHandler {
  /** The next message comes when this resolved: whoever sends more waits. */
  message(bytes: Buffer): Promise<void>;
  /** Once, when nothing more comes: the caller has ended, or is gone. */
  over(): void;
}

const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };

/** Messages that may wait while another is taken: Envoy sends the parts of a short exchange together. */
const AT_ONCE = 3;

const escaped = (text: string): string => text.replace(/[^ -$&-~]/gu, (one) => encodeURIComponent(one));
const trailers = (status: Status, details: string): Record<string, string> => ({
  'grpc-status': String(status),
  ...(details === '' ? {} : { 'grpc-message': escaped(details) }),
});

/** A stream of HTTP/2 that is a call. */
export class Call implements GrpcCall {
  private readonly frames: Frames;
  private readonly waiting: Buffer[] = [];
  private busy = false;
  private ended = false;
  private allSent = false;
  private handler: GrpcHandler | undefined;

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly headers: IncomingHttpHeaders,
    readonly caller: readonly string[],
    most: number,
  ) {
    this.frames = new Frames(most);
    // A stream that breaks is closed; without a listener it ends the process.
    stream.on('error', () => undefined);
  }

  get over(): boolean {
    return this.ended || this.stream.closed || this.stream.destroyed;
  }

  header(name: string): string | undefined {
    return this.headers[name]?.toString();
  }

  start(handler: GrpcHandler): void {
    this.handler = handler;
    this.stream.on('data', (piece: Buffer) => this.take(piece));
    this.stream.on('end', () => {
      this.allSent = true;
      this.next();
    });
    this.stream.on('close', () => this.gone());
  }

  write(message: Buffer): void {
    if (this.over) return;
    if (!this.stream.headersSent) this.stream.respond(HEADERS, { waitForTrailers: true });
    this.stream.write(framed(message));
  }

  end(status: Status, details = ''): void {
    if (this.over) return;
    this.ended = true;
    const { stream } = this;
    if (stream.headersSent) {
      stream.once('wantTrailers', () => stream.sendTrailers(trailers(status, details)));
      stream.end();
    } else {
      stream.respond({ ...HEADERS, ...trailers(status, details) }, { endStream: true });
    }
    // What still comes is read and dropped: a stream that is reset now might lose its status.
    stream.resume();
    this.gone();
  }

  private take(piece: Buffer): void {
    if (this.ended) return;
    try {
      this.waiting.push(...this.frames.push(piece));
    } catch (error) {
      const tooLarge = error instanceof BadFrame && error.tooLarge;
      this.end(tooLarge ? STATUS.RESOURCE_EXHAUSTED : STATUS.INTERNAL, (error as Error).message);
      return;
    }
    if (this.waiting.length > AT_ONCE) this.stream.pause();
    this.next();
  }

  private next(): void {
    if (this.busy || this.handler === undefined) return;
    const message = this.waiting.shift();
    if (message === undefined) {
      this.nothingWaits();
      return;
    }
    void this.handle(this.handler, message);
  }

  private async handle(handler: GrpcHandler, message: Buffer): Promise<void> {
    this.busy = true;
    try {
      await handler.message(message);
    } catch {
      this.end(STATUS.INTERNAL, 'the message could not be taken');
    }
    this.busy = false;
    this.next();
  }

  private nothingWaits(): void {
    if (this.stream.isPaused()) this.stream.resume();
    if (!this.allSent) return;
    if (this.frames.partial) this.end(STATUS.INTERNAL, 'the last message is not whole');
    this.gone();
  }

  private gone(): void {
    const { handler } = this;
    this.handler = undefined;
    this.waiting.length = 0;
    handler?.over();
  }
}
