import { GATEWAY, HOST } from '../envoy/world';

/** Requests in HTTP/1.1 by the byte; `front:` goes to the door for people. */

const BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const MCP = '/tools/tickets/mcp';
/** A second request, which must not be smuggled in the body of the first. */
const SECOND = `GET ${MCP} HTTP/1.1\r\nhost: ${GATEWAY}\r\nx-smuggled: yes\r\n\r\n`;
const post = (lines: readonly string[], body = BODY, start = `POST ${MCP} HTTP/1.1`): string =>
  `${[start, `host: ${GATEWAY}`, 'content-type: application/json', ...lines].join('\r\n')}\r\n\r\n${body}`;
const length = `content-length: ${BODY.length}`;
const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

const encodings = [
  'chunked, identity',
  'identity, chunked',
  'xchunked',
  ' chunked',
  'chunked\t',
  'CHUNKED',
  '"chunked"',
  'chunked, chunked',
  'gzip, chunked',
  'identity',
  '',
];
const lengths = ['-1', '+46', '0x2e', '46, 46', '46, 47', '4 6', '', ' ', '1e2', '99999999999999999999', '046'];
const sizes = ['FFFFFFFFFFFFFFFFF', '-2e', '0x2e', '+2e', ' 2e', '2e;a=b', `2e;${'a'.repeat(20_000)}`, 'zz', ''];

export const HTTP1: Readonly<Record<string, string | Buffer>> = {
  'a request': post([length]),
  chunks: post(['transfer-encoding: chunked'], chunked),
  'chunks with trailers': post(
    ['transfer-encoding: chunked'],
    `${chunked.slice(0, -2)}x-firepit-token: forged\r\ncontent-length: 0\r\n\r\n`,
  ),
  'chunks that never end': post(['transfer-encoding: chunked'], chunked.slice(0, -5)),
  'a body that never ends': post(['content-length: 1000']),
  'a body without length': post([]),
  'two in a row': post([length]) + post([length]),
  'a smuggled request after no body': post(['content-length: 0'], SECOND),
  'CL.CL the same': post([length, length]),
  'CL.CL different': post(['content-length: 0', `content-length: ${SECOND.length}`], SECOND),
  'CL.TE': post([`content-length: ${SECOND.length + 5}`, 'transfer-encoding: chunked'], `0\r\n\r\n${SECOND}`),
  'TE.CL': post(
    ['transfer-encoding: chunked', 'content-length: 4'],
    `${SECOND.length.toString(16)}\r\n${SECOND}\r\n0\r\n\r\n`,
  ),
  'TE.TE': post(['transfer-encoding: chunked', 'transfer-encoding: identity'], `0\r\n\r\n${SECOND}`),
  ...Object.fromEntries(
    encodings.map((e) => [`transfer-encoding '${e}'`, post([`transfer-encoding: ${e}`], `0\r\n\r\n${SECOND}`)]),
  ),
  ...Object.fromEntries(
    encodings.map((e) => [
      `length and transfer-encoding '${e}'`,
      post([`content-length: ${SECOND.length}`, `transfer-encoding: ${e}`], SECOND),
    ]),
  ),
  ...Object.fromEntries(lengths.map((l) => [`length '${l}'`, post([`content-length: ${l}`])])),
  ...Object.fromEntries(
    sizes.map((s) => [
      `chunk size '${s.slice(0, 20)}'`,
      post(['transfer-encoding: chunked'], `${s}\r\n${BODY}\r\n0\r\n\r\n${SECOND}`),
    ]),
  ),
  'a chunk longer than it says': post(['transfer-encoding: chunked'], `2\r\n${BODY}\r\n0\r\n\r\n`),
  'chunks in bare line feeds': post(['transfer-encoding: chunked'], `2e\n${BODY}\n0\n\n${SECOND}`),
  'transfer-encoding with a blank before the colon': post(['transfer-encoding : chunked'], `0\r\n\r\n${SECOND}`),
  transfer_encoding: post(['transfer_encoding: chunked'], `0\r\n\r\n${SECOND}`),
  'obs-fold': post([length, 'x-folded: a\r\n b']),
  'obs-fold of a length': post(['content-length:\r\n 46']),
  'obs-fold of an encoding': post(['transfer-encoding:\r\n chunked'], `0\r\n\r\n${SECOND}`),
  'a first header that is folded': `POST ${MCP} HTTP/1.1\r\n host: ${GATEWAY}\r\n\r\n`,
  'two hosts': post([length, 'host: evil.example.com']),
  'no host': `POST ${MCP} HTTP/1.1\r\n${length}\r\n\r\n${BODY}`,
  'an empty host': `POST ${MCP} HTTP/1.1\r\nhost:\r\n${length}\r\n\r\n${BODY}`,
  'an absolute target': post([length], BODY, `POST https://${GATEWAY}${MCP} HTTP/1.1`),
  'an absolute target elsewhere': post([length], BODY, 'POST http://tickets.internal.example.com/mcp HTTP/1.1'),
  'an authority as target': post([length], BODY, `POST ${GATEWAY}:443 HTTP/1.1`),
  'a star as target': post([], '', 'OPTIONS * HTTP/1.1'),
  'a target with a blank': post([length], BODY, `POST ${MCP} x HTTP/1.1`),
  'a target with a line feed': post([length], BODY, `POST ${MCP}\n HTTP/1.1`),
  'a target that climbs': post([length], BODY, 'POST /tools/tickets/../crm/v1/customers/C-1 HTTP/1.1'),
  CONNECT: `CONNECT ${GATEWAY}:443 HTTP/1.1\r\nhost: ${GATEWAY}:443\r\n\r\n${SECOND}`,
  'CONNECT elsewhere': `CONNECT tickets.internal.example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n${SECOND}`,
  'HTTP/0.9': `GET ${MCP}\r\n\r\n`,
  'HTTP/1.0': `GET ${MCP} HTTP/1.0\r\nhost: ${GATEWAY}\r\n\r\n`,
  'HTTP/1.0 with chunks': post(['transfer-encoding: chunked'], `0\r\n\r\n${SECOND}`, `POST ${MCP} HTTP/1.0`),
  'HTTP/1.2': post([length], BODY, `POST ${MCP} HTTP/1.2`),
  'HTTP/2.0 in text': post([length], BODY, `POST ${MCP} HTTP/2.0`),
  'no version that there is': post([length], BODY, `POST ${MCP} HTTQ/1.1`),
  'a method in lower case': post([length], BODY, `post ${MCP} HTTP/1.1`),
  'a method of 20 kB': post([length], BODY, `${'A'.repeat(20_000)} ${MCP} HTTP/1.1`),
  'no method': post([length], BODY, ` ${MCP} HTTP/1.1`),
  'an empty line first': `\r\n\r\n${post([length])}`,
  'bare line feeds': post([length]).replaceAll('\r\n', '\n'),
  'a bare carriage return': post([length, 'x-a: b\rx-firepit-token: forged']),
  'a NUL in a header': post([length, 'x-a: b\0c']),
  'a control character in a header': post([length, 'x-a: b\x01c']),
  'a header without a colon': post([length, 'x-a']),
  'a header without a name': post([length, ': a']),
  'a header with a blank in its name': post([length, 'x a: b']),
  'a header with an underscore': post([length, 'x_firepit_token: forged']),
  'a header beyond ASCII': post([length, 'x-\xe4: b']),
  'a header of 100 kB': post([length, `x-a: ${'a'.repeat(100_000)}`]),
  'a thousand headers': post([length, ...Array.from({ length: 1000 }, (_, i) => `x-${i}: a`)]),
  'headers that never end': `POST ${MCP} HTTP/1.1\r\nhost: ${GATEWAY}\r\nx-a: `,
  'a target of 100 kB': post([length], BODY, `POST ${MCP}?${'a'.repeat(100_000)} HTTP/1.1`),
  'hop-by-hop headers that hide the token': post([length, 'connection: x-firepit-token, x-forwarded-client-cert']),
  'an upgrade to h2c': post([
    length,
    'connection: upgrade, http2-settings',
    'upgrade: h2c',
    'http2-settings: AAMAAABkAAQAAP__',
  ]),
  'an upgrade to TLS': post([length, 'connection: upgrade', 'upgrade: TLS/1.2']),
  'a websocket': post(
    [
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    ],
    '',
    `GET ${MCP} HTTP/1.1`,
  ),
  'an expectation that nobody meets': post([length, 'expect: x']),
  'HTTP/2 without agreement': Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1'),
  noise: Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 167) % 256)),
  'front: a smuggled request': `POST /agents/triage/ask HTTP/1.1\r\nhost: ${HOST}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /agents/triage/ HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`,
  'front: two lengths': `POST /agents/triage/ask HTTP/1.1\r\nhost: ${HOST}\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde`,
  'front: obs-fold': `POST /agents/triage/ask HTTP/1.1\r\nhost: ${HOST}\r\nx-a: b\r\n c\r\ncontent-length: 4\r\n\r\nabcd`,
  'front: a websocket': `GET /agents/triage/ws HTTP/1.1\r\nhost: ${HOST}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  'front: CONNECT': `CONNECT ${HOST}:443 HTTP/1.1\r\nhost: ${HOST}:443\r\n\r\n`,
};
