import type { IncomingHttpHeaders } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Leaf } from './pki';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

/** A server that remembers what reached it. */
export class UpstreamStandIn {
  readonly received: Received[] = [];
  connections = 0;
  respond: (request: Received, response: Http2ServerResponse) => void = (_request, response) => {
    response.setHeader('set-cookie', 'a=b');
    response.end('{"ok":true}');
  };
  private readonly server: Http2SecureServer;
  private readonly sockets = new Set<Socket>();

  constructor(identity: Leaf, mutual = false) {
    this.server = createSecureServer(
      { ...identity, allowHTTP1: true, requestCert: mutual, rejectUnauthorized: mutual },
      (request, response) => this.take(request, response),
    );
    this.server.on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
    });
    this.server.on('tlsClientError', () => undefined);
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private take(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: bytes.toString(),
        bytes,
      };
      this.received.push(received);
      this.respond(received, response);
    });
  }
}
