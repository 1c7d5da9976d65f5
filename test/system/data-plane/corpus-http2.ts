import { GATEWAY } from '../envoy/world';
import { block, FLAG, FRAME, frame, type Headers, opening, request } from './http2';

/** Requests in HTTP/2 by the frame. */

const BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const PSEUDO: Headers = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/tools/tickets/mcp'],
  [':authority', GATEWAY],
];
const pseudo = (name: string, value: string): Headers => PSEUDO.map(([n, v]) => [n, n === name ? value : v] as const);
const without = (name: string): Headers => PSEUDO.filter(([n]) => n !== name);
const sent = (...frames: readonly Buffer[]): string => Buffer.concat([opening, ...frames]).toString('latin1');
const TYPE = ['content-type', 'application/json'] as const;
const posted = (headers: Headers): string => sent(request([...headers, TYPE], BODY));
const more = (...headers: Headers): string => posted([...PSEUDO, ...headers]);
const good = request([...PSEUDO, TYPE], BODY, 3);
const data = (flags: number, stream: number, text = BODY): Buffer =>
  frame(FRAME.DATA, flags, stream, Buffer.from(text));
const head = (flags: number, stream: number, headers: Headers = [...PSEUDO, TYPE]): Buffer =>
  frame(FRAME.HEADERS, flags, stream, block(headers));
const many = (times: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: times }, (_, i) => make(i)));

/** Headers that are judged, with two values of which either would do. */
const TWICE: Readonly<Record<string, readonly [string, string]>> = {
  'content-type': ['application/json', 'application/json; charset=utf-8'],
  'content-encoding': ['identity', 'gzip'],
  'mcp-protocol-version': ['2025-11-25', '2026-07-28'],
  'mcp-method': ['tools/list', 'tools/call'],
  'x-firepit-run': ['A'.repeat(43), 'B'.repeat(43)],
};

export const HTTP2: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(TWICE).map(([name, [a, b]]) => [
      `two of ${name}`,
      sent(request([...PSEUDO, ...(name === TYPE[0] ? [] : [TYPE]), [name, a], [name, b]], BODY)),
    ]),
  ),
  'a request': posted(PSEUDO),
  'a header in upper case': more(['X-Upper', 'a']),
  connection: more(['connection', 'x-firepit-token']),
  'transfer-encoding': more(['transfer-encoding', 'chunked']),
  upgrade: more(['upgrade', 'h2c']),
  'te: gzip': more(['te', 'gzip']),
  'a length that is too small': more(['content-length', '3']),
  'a length that is too large': more(['content-length', '3000']),
  'two lengths': more(['content-length', String(BODY.length)], ['content-length', '0']),
  'a length that is none': more(['content-length', '-1']),
  'a smuggled request in the body': sent(
    request([...PSEUDO, ['content-length', '0']], 'GET /tools/tickets/mcp HTTP/1.1\r\n\r\n'),
  ),
  'two paths': more([':path', '/tools/crm/v1/customers/C-1']),
  'two authorities': posted([...PSEUDO, [':authority', 'evil.example.com']]),
  'a pseudo-header late': posted([...without(':path'), ['x-a', 'b'], [':path', '/tools/tickets/mcp']]),
  'an unknown pseudo-header': posted([...PSEUDO, [':proto', 'x']]),
  'a status': posted([...PSEUDO, [':status', '200']]),
  'a tunnel for websockets': sent(request([...pseudo(':method', 'CONNECT'), [':protocol', 'websocket']], BODY)),
  'a tunnel': sent(
    request(
      [
        [':method', 'CONNECT'],
        [':authority', GATEWAY],
      ],
      BODY,
    ),
  ),
  ...Object.fromEntries(
    [':method', ':scheme', ':path', ':authority'].map((name) => [`no ${name}`, posted(without(name))]),
  ),
  ...Object.fromEntries(
    [
      '',
      '*',
      'tools/tickets/mcp',
      '/tools/tickets/mcp x',
      '/tools/tickets/mcp\r\nx-a: b',
      '/tools/tickets/mcp\0',
      '/tools/../tools/tickets/mcp',
      'https://evil.example.com/tools/tickets/mcp',
    ].map((path) => [`the path ${JSON.stringify(path)}`, posted(pseudo(':path', path))]),
  ),
  ...Object.fromEntries(
    ['', 'GET /', 'POST\r\n', 'CONNECT', 'TRACE'].map((m) => [
      `the method ${JSON.stringify(m)}`,
      posted(pseudo(':method', m)),
    ]),
  ),
  ...Object.fromEntries(
    ['', 'http', 'file', 'h\0'].map((s) => [`the scheme ${JSON.stringify(s)}`, posted(pseudo(':scheme', s))]),
  ),
  'another host header': more(['host', 'evil.example.com']),
  'the authority of somebody': posted(pseudo(':authority', `user:pass@${GATEWAY}`)),
  'lines in a value': more(['x-a', 'b\r\nx-firepit-token: forged']),
  'a NUL in a value': more(['x-a', 'b\0c']),
  'a blank in a name': more(['x a', 'b']),
  'a colon in a name': more(['x:a', 'b']),
  'a header without a name': more(['', 'b']),
  'an underscore in a name': more(['x_firepit_token', 'forged']),
  'a header of 100 kB': sent(
    head(0, 1),
    many(7, (i) =>
      frame(FRAME.CONTINUATION, i === 6 ? FLAG.END_HEADERS : 0, 1, block([[`x-${i}`, 'a'.repeat(15_000)]])),
    ),
    data(FLAG.END_STREAM, 1),
  ),
  'three hundred headers': more(...Array.from({ length: 300 }, (_, i) => [`x-${i}`, 'a'] as const)),
  'headers in pieces': sent(
    head(0, 1),
    frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1, block([['x-a', 'b']])),
    data(FLAG.END_STREAM, 1),
  ),
  'headers that never end': sent(head(0, 1)),
  'headers that another frame interrupts': sent(head(0, 1), data(FLAG.END_STREAM, 1), good),
  'a thousand empty pieces': sent(
    head(0, 1),
    many(1000, () => frame(FRAME.CONTINUATION, 0, 1)),
    frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1),
  ),
  'a body before its headers': sent(data(FLAG.END_STREAM, 1), good),
  'a body for the connection': sent(data(0, 0), good),
  'a body after the end': sent(request(PSEUDO, BODY), data(FLAG.END_STREAM, 1), good),
  'a body that never ends': sent(head(FLAG.END_HEADERS, 1), data(0, 1)),
  'a body in a thousand empty pieces': sent(
    head(FLAG.END_HEADERS, 1),
    many(1000, () => data(0, 1, '')),
    data(FLAG.END_STREAM, 1),
  ),
  'a body padded beyond itself': sent(
    head(FLAG.END_HEADERS, 1),
    frame(FRAME.DATA, FLAG.PADDED | FLAG.END_STREAM, 1, Buffer.from([200, 1, 2])),
  ),
  trailers: sent(
    head(FLAG.END_HEADERS, 1),
    data(0, 1),
    head(FLAG.END_HEADERS | FLAG.END_STREAM, 1, [['x-firepit-token', 'forged']]),
  ),
  'trailers with a path': sent(
    head(FLAG.END_HEADERS, 1),
    data(0, 1),
    head(FLAG.END_HEADERS | FLAG.END_STREAM, 1, [[':path', '/']]),
  ),
  'trailers that do not end': sent(head(FLAG.END_HEADERS, 1), data(0, 1), head(FLAG.END_HEADERS, 1, [['x-a', 'b']])),
  'a stream of the server': sent(request(PSEUDO, BODY, 2)),
  'a stream that goes back': sent(good, request(PSEUDO, BODY, 1)),
  'a stream that depends on itself': sent(
    frame(
      FRAME.HEADERS,
      FLAG.END_HEADERS | FLAG.END_STREAM | FLAG.PRIORITY,
      1,
      Buffer.concat([Buffer.from([0, 0, 0, 1, 16]), block(PSEUDO)]),
    ),
  ),
  'a push': sent(
    frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, 1, Buffer.concat([Buffer.from([0, 0, 0, 2]), block(PSEUDO)])),
  ),
  'two hundred requests taken back': sent(
    many(200, (i) =>
      Buffer.concat([head(FLAG.END_HEADERS, 1 + 2 * i), frame(FRAME.RST_STREAM, 0, 1 + 2 * i, Buffer.alloc(4))]),
    ),
  ),
  'a window that overflows': sent(
    head(FLAG.END_HEADERS, 1),
    frame(FRAME.WINDOW_UPDATE, 0, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    frame(FRAME.WINDOW_UPDATE, 0, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    data(FLAG.END_STREAM, 1),
  ),
  'settings that are none': sent(frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5)), good),
  'a compressed header that nobody sent': sent(
    frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, Buffer.from([0xff, 0xff, 0x7f])),
  ),
  'a frame of an unknown type': sent(frame(200, 255, 1, Buffer.alloc(8)), good),
  'HTTP/1.1 after agreeing on HTTP/2': `GET /tools/tickets/mcp HTTP/1.1\r\nhost: ${GATEWAY}\r\n\r\n`,
};
