import { connect as tlsConnect } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { recorded } from '../../corpus';
import type { Ask } from '../envoy/run';
import { GATEWAY, HOST, type World } from '../envoy/world';
import { HTTP1 } from './corpus-http1';
import { HTTP2 } from './corpus-http2';

/** A request, and the statuses it was answered with; none where the connection was closed instead. */
export interface Request {
  readonly name: string;
  /** It has a route, so that it goes through where the governor says yes. */
  readonly declared: boolean;
  readonly send: (world: World) => Promise<readonly number[]>;
}

type Door = 'front' | 'back';
const MCP = '/tools/tickets/mcp';
const MESSAGES = '/models/claude/v1/messages';
const CUSTOMER = '/tools/crm/v1/customers/C-1';
const JSON_TYPE = { 'content-type': 'application/json' };

const rpc = (method: string, params?: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, ...(params === undefined ? {} : { params }) });
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Bodies by what they are. */
const BODIES: Readonly<Record<string, string | Buffer>> = {
  'an initialization': rpc('initialize', { protocolVersion: '2025-11-25', capabilities: {} }),
  'a list of tools': rpc('tools/list'),
  'a call': rpc('tools/call', { name: 'reply', arguments: { ticket: 'T-1', body: 'x' } }),
  'a call that is not declared': rpc('tools/call', { name: 'purge', arguments: {} }),
  'a batch': `[${rpc('tools/list')},${rpc('tools/call', { name: 'purge' })}]`,
  'a notification': '{"jsonrpc":"2.0","method":"notifications/cancelled"}',
  'a key twice': '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}',
  'a chat': '{"model":"claude-sonnet-4-5","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}',
  'a chat that streams': '{"model":"claude-sonnet-4-5","stream":true,"messages":[]}',
  'deep nesting': nested(10_000),
  'no JSON': '<x/>',
  'half of JSON': '{"jsonrpc":',
  'no text': Buffer.from([0xff, 0xfe, 0x00, 0xc0]),
  'a compressed body': gzipSync(rpc('tools/list')),
  'one byte': 'x',
  'nearly the limit': Buffer.alloc(2 * 1024 * 1024 - 1024, 'a'),
  'the limit and a byte': Buffer.alloc(2 * 1024 * 1024 + 1, 'a'),
  'far over the limit': Buffer.alloc(5 * 1024 * 1024, 'a'),
};

const over = (door: Door, name: string, path: string, ask: Partial<Ask> = {}, declared = true): Request => ({
  name: `h2 ${door}: ${name}`,
  declared,
  send: async (world) => [(await world[door](path, ask)).status],
});

const bodies = Object.entries(BODIES).flatMap(([name, body]) => [
  over('back', `${name} to an MCP server`, MCP, { body, headers: JSON_TYPE }, body.length <= 2 * 1024 * 1024),
  over(
    'front',
    `${name} to an agent`,
    '/agents/triage/ask',
    { body, headers: JSON_TYPE },
    body.length <= 2 * 1024 * 1024,
  ),
]);

/** MCP answers to three methods, models to one; what an agent or another path may be asked with is not ours to list. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'X'].flatMap(
  (method) => [
    over('back', `${method} of an MCP server`, MCP, { method }, false),
    over('back', `${method} of a model`, MESSAGES, { method }, false),
    over('back', `${method} of an API`, CUSTOMER, { method }, false),
    over('front', `${method} of an agent`, '/agents/triage/', { method }, false),
  ],
);

const headers = [
  over('back', 'a header of 30 kB', MCP, { body: 'x', headers: { 'x-long': 'a'.repeat(30_000) } }, false),
  over('back', 'a header of 60 kB', MCP, { body: 'x', headers: { 'x-long': 'a'.repeat(60_000) } }, false),
  over('back', 'headers of Envoy', MCP, {
    body: 'x',
    headers: { 'x-envoy-original-path': '/x', 'x-envoy-force-trace': '1', 'x-envoy-upstream-alt-stat-name': 'x' },
  }),
  over('back', 'another method by header', MCP, { body: 'x', headers: { 'x-http-method-override': 'DELETE' } }),
  over('back', 'an expectation', MCP, { body: 'x', headers: { expect: '100-continue' } }, false),
  over('back', 'a path of 40 kB', `${MCP}?${'a'.repeat(40_000)}`, { body: 'x' }, false),
  ...[
    `${MCP}/../../crm/v1/customers/C-1`,
    '/tools/tickets//mcp',
    '/tools/tickets/mcp;a=b',
    '/tools/tickets/%6dcp',
    `/%2e%2e${MCP}`,
    `${MCP}%00`,
    `${MCP}#x`,
    '\\tools\\tickets\\mcp',
    '*',
    `${MCP}?x=%0d%0a`,
  ].map((path) => over('back', `the path ${path}`, path, { body: 'x' }, false)),
  ...['evil.example.com', `${GATEWAY}.`, `${GATEWAY}:443`, `user@${GATEWAY}`, GATEWAY.toUpperCase(), HOST].map(
    (authority) => over('back', `the authority ${authority}`, MCP, { authority, body: 'x' }, false),
  ),
];

const raw =
  (door: Door, bytes: Buffer, alpn: 'h2' | 'http/1.1') =>
  (world: World): Promise<readonly number[]> =>
    new Promise((done) => {
      let answer = '';
      const identity = door === 'back' ? world.identities.triage : undefined;
      const socket = tlsConnect({
        port: door === 'back' ? world.backPort : world.frontPort,
        host: '127.0.0.1',
        servername: GATEWAY,
        ca: world.pki.ca,
        ALPNProtocols: [alpn],
        ...(identity === undefined ? {} : { cert: identity.cert, key: identity.key }),
      });
      // Long enough for every answer that will come, whatever the governor does.
      socket.setTimeout(2500, () => socket.destroy());
      socket.on('secureConnect', () => socket.write(bytes));
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () =>
        done([...answer.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status))),
      );
    });

const rawRequests = (cases: Readonly<Record<string, string | Buffer>>, alpn: 'h2' | 'http/1.1'): Request[] =>
  Object.entries(cases).map(([name, bytes]) => {
    const door = name.startsWith('front: ') ? 'front' : 'back';
    return {
      name: `raw ${alpn} ${name}`,
      declared: false,
      send: raw(door, Buffer.from(bytes as string, 'latin1'), alpn),
    };
  });

/** Requests that were recorded, by the byte, with what the governor must make of them. */
export const RECORDED: readonly (Request & { readonly verdict: string })[] = recorded('requests').flatMap((one) => {
  const { name, notes, start, headers: lines, body } = one;
  const head = [
    `${start} HTTP/1.1`,
    `host: ${GATEWAY}`,
    'connection: close',
    `content-length: ${body.length}`,
    ...lines.map(([key, value]) => `${key}: ${value}`),
  ];
  const bytes = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  const door = notes.door === 'front' ? 'front: ' : '';
  const verdict = notes.verdict ?? '';
  return rawRequests({ [`${door}recorded ${name}`]: bytes }, 'http/1.1').map((sent) => ({ ...sent, verdict }));
});

/** Every request: well-formed ones by body, method and header, and those that no client would write. */
export const CORPUS: readonly Request[] = [
  over('back', 'an event stream', MCP),
  over('back', 'a chat with a model', MESSAGES, { body: BODIES['a chat'] as string, headers: JSON_TYPE }, false),
  over('back', 'a compressed body that says so', MCP, {
    body: BODIES['a compressed body'] as Buffer,
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
  }),
  ...bodies,
  ...methods,
  ...headers,
  ...rawRequests(HTTP1, 'http/1.1'),
  ...rawRequests(HTTP2, 'h2'),
];
