import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Leaf } from './pki';

export interface Received {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}
/** What a stand-in says to a request; undefined where it is not for it. */
export type Speaks = (request: Received) => Reply | undefined;

export const json = (value: unknown, status = 200): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

const TRACEPARENT = /^00-([0-9a-f]{32})-/;
/** The trace that a request belongs to, if it says so. */
export const traceOf = (headers: IncomingMessage['headers']): string | undefined =>
  TRACEPARENT.exec(String(headers.traceparent ?? ''))?.[1];

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A server of TLS on loopback that speaks for somebody else, and remembers which traces reached it. */
export class StandIn {
  readonly reached = new Set<string>();
  port = 0;
  private readonly server: Server;

  constructor(
    { cert, key }: Leaf,
    private readonly speaks: readonly Speaks[],
  ) {
    this.server = createServer({ cert, key }, (request, response) => {
      this.answer(request).then(
        ({ status, type, body = '' }) => {
          response.writeHead(status, type === undefined ? {} : { 'content-type': type });
          response.end(body);
        },
        () => response.destroy(),
      );
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((done, failed) => {
      this.server.once('error', failed);
      this.server.listen(0, '127.0.0.1', done);
    });
    this.port = (this.server.address() as AddressInfo).port;
    return this.port;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage): Promise<Reply> {
    const { method = '', url = '', headers } = request;
    const trace = traceOf(headers);
    if (trace !== undefined) this.reached.add(trace);
    const received = { method, path: url.replace(/[?#].*$/s, ''), headers, body: await bodyOf(request) };
    for (const speak of this.speaks) {
      const reply = speak(received);
      if (reply !== undefined) return reply;
    }
    return json({ error: 'the stand-in knows nothing at this path' }, 404);
  }
}
