import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Pki } from '../../dev/pki';
import { type Tunnelled, throughTunnel } from '../../dev/tunnel';
import { AUTHORITY } from '../support/certificates';

const HOST = 'packages.example.com';
const folder = mkdtempSync(join(tmpdir(), 'tunnel-'));
const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
};

let ca: string;
let host: Server;
let proxy: Server;
let port: number;
const asked: IncomingMessage[] = [];
const sockets: Socket[] = [];
/** What the proxy does with each CONNECT. */
let takes: (socket: Socket, to: Socket) => void;
const through = (socket: Socket, to: Socket): void => {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  socket.pipe(to).pipe(socket);
};

beforeAll(async () => {
  const pki = new Pki(folder);
  ca = pki.ca;
  const { cert, key } = pki.leaf(HOST);
  host = createTls({ cert, key }, ({ headers, url }, response) => response.end(`${headers.host} ${url} ${headers.a}`));
  const to = await listening(host);
  proxy = createServer().on('connect', (request, socket: Socket) => {
    asked.push(request);
    const other = connect(to, '127.0.0.1');
    sockets.push(socket, other);
    for (const one of [socket, other]) one.on('error', () => undefined);
    takes(socket, other);
  });
  port = await listening(proxy);
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  host.close();
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked.length = 0;
  takes = through;
});

const tunnel = (changes: Partial<Tunnelled> = {}): Tunnelled => ({
  proxy: port,
  to: `${HOST}:443`,
  name: HOST,
  ca,
  headers: { a: 'b' },
  ...changes,
});

test('the host is asked in the tunnel, and the proxy is told the run as programs tell it', async () => {
  expect(await throughTunnel(tunnel({ handle: 'h' }))).toEqual({ status: 200, body: `${HOST}:443 / b` });
  const [first] = asked;
  expect([first?.url, first?.headers.a, first?.headers['proxy-authorization']]).toEqual([
    `${HOST}:443`,
    'b',
    'Basic cnVuOmg=',
  ]);
  await throughTunnel(tunnel());
  expect(asked[1]?.headers).not.toHaveProperty('proxy-authorization');
});

test('a refusal is read whole', async () => {
  takes = (socket) => void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nno, and more');
  expect(await throughTunnel(tunnel())).toEqual({ status: 403, body: 'no, ' });
});

test('where one too many is open it is asked for again', async () => {
  takes = (socket, to) => {
    if (asked.length > 2) through(socket, to);
    else socket.end('HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n');
  };
  expect(await throughTunnel(tunnel())).toMatchObject({ status: 200 });
  expect(asked).toHaveLength(3);
});

const answers =
  (text: string): typeof takes =>
  (socket) =>
    void socket.end(text);

test.each<[string, Partial<Tunnelled>, typeof takes?]>([
  ['a tunnel that is cut', {}, answers('HTTP/1.1 200 OK\r\n\r\n')],
  ['a proxy that hangs up', {}, answers('')],
  ['a host that somebody else signed', { ca: AUTHORITY }],
  ['a host of another name', { name: 'other.example.com' }],
  ['no proxy', { proxy: 1 }],
])('%s is an answer of nobody', async (_, props, taken = through) => {
  takes = taken;
  expect(await throughTunnel(tunnel(props))).toMatchObject({ status: 0 });
});
