import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** What came back for a CONNECT: its status, and the connection behind it. */
export interface Opened {
  /** 0 where nobody answered. */
  readonly status: number;
  readonly socket: Socket;
}

/** As a program asks its proxy. @param lines more header lines */
export const openTunnel = (port: number, target: string, lines: readonly string[] = []): Promise<Opened> =>
  openOver(connectTcp(port, '127.0.0.1'), target, lines);

/** The same over TLS, in HTTP/1.1. */
export const openSecured = (options: ConnectionOptions, target: string, lines: readonly string[]): Promise<Opened> =>
  openOver(connectTls({ host: '127.0.0.1', ALPNProtocols: ['http/1.1'], ...options }), target, lines);

/** Status of a CONNECT in HTTP/2, 0 where nobody answers. */
export const connectStatus = (
  port: number,
  options: ConnectionOptions,
  fields: Readonly<Record<string, string>>,
): Promise<number> =>
  new Promise((done) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, options);
    session.on('error', () => done(0));
    const stream = session.request({ ':method': 'CONNECT', ...fields });
    stream.on('response', ({ ':status': status }) => {
      done(Number(status));
      session.destroy();
    });
    stream.on('error', () => done(0));
  });

const openOver = (socket: Socket, target: string, lines: readonly string[]): Promise<Opened> =>
  new Promise((done) => {
    let head = '';
    const read = (): void => {
      for (let piece = socket.read() as Buffer | null; piece !== null; piece = socket.read() as Buffer | null) {
        head += piece.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) continue;
        socket.off('readable', read);
        socket.unshift(Buffer.from(head.slice(end + 4), 'latin1'));
        done({ status: Number(head.split(' ')[1]), socket });
        return;
      }
    };
    socket.on('readable', read);
    socket.on('error', () => done({ status: 0, socket }));
    socket.on('close', () => done({ status: 0, socket }));
    socket.write([`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...lines, '', ''].join('\r\n'));
  });

/** Through a tunnel: how many bytes came until it ended. */
export const throughTls = (
  { socket }: Opened,
  props: { readonly servername: string; readonly ca: string; readonly say: string | Buffer },
): Promise<number> =>
  new Promise((done) => {
    let bytes = 0;
    const tls = connectTls({ socket, servername: props.servername, ca: props.ca }, () => tls.write(props.say));
    tls.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    tls.on('error', () => undefined);
    tls.on('close', () => done(bytes));
    socket.on('close', () => tls.destroy());
  });
