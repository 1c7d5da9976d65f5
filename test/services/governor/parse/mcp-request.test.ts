import { call, code, config, MCP, parse, parsed, request } from '../support/requests';

const VERSION = { 'mcp-protocol-version': '2025-11-25' };
const NEW = '2026-07-28';
const meta = { _meta: { 'io.modelcontextprotocol/protocolVersion': NEW } };
const headers = (more: object = {}) => ({
  'mcp-protocol-version': NEW,
  'mcp-method': 'tools/call',
  'mcp-name': 'search',
  ...more,
});
const rpc = (method: string, params?: object, id: unknown = 1) => ({
  jsonrpc: '2.0',
  ...(id === undefined ? {} : { id }),
  method,
  ...(params === undefined ? {} : { params }),
});
const notification = (method: string, params?: object) => ({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });

test('a tool call is the call of an operation', () => {
  const {
    call: got,
    protocol,
    passages,
  } = parsed(request(MCP, call('search', { text: 'hello' }), { headers: VERSION }));
  expect(got).toEqual({
    kind: 'operation',
    tool: 'tickets',
    operation: 'search',
    arguments: { text: 'hello' },
    textual: new Set(),
  });
  expect(protocol).toEqual({ kind: 'mcp', id: 1 });
  expect(passages.map(({ text }) => text)).toContain('hello');
});

test.each([
  [
    'initialize',
    rpc('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } }),
  ],
  ['ping', rpc('ping')],
  ['a list of tools', rpc('tools/list', {}, 'a')],
  ['discovery', rpc('server/discover')],
  ['a notification', notification('notifications/initialized')],
  ['progress', notification('notifications/progress', { progressToken: 1, progress: 2 })],
  ['the answer to a ping', { jsonrpc: '2.0', id: 7, result: {} }],
])('is housekeeping: %s', (_what, body) => {
  expect(code(request(MCP, body))).toMatchObject({ kind: 'housekeeping', tool: 'tickets' });
});

test.each(['GET', 'DELETE'])('so is %s, without a body', (method) => {
  expect(code(request(MCP, undefined, { method }))).toMatchObject({ kind: 'housekeeping', method });
  expect(code(request(MCP, {}, { method }))).toBe('malformed-message');
});

test.each([
  ['a batch', [call('search', {})]],
  ['another version of JSON-RPC', { ...call('search'), jsonrpc: '1.0' }],
  ['no method', { jsonrpc: '2.0', id: 1 }],
  ['a request without id', notification('tools/call', { name: 'search' })],
  ['a notification with id', rpc('notifications/initialized', {}, 1)],
  ['an id that is null', rpc('ping', {}, null)],
  ['an id that is a fraction', rpc('ping', {}, 1.5)],
  ['an id that is long', rpc('ping', {}, 'x'.repeat(257))],
  ['a further key', { ...call('search'), extra: 1 }],
  ['parameters in a list', { ...call('search'), params: [] }],
  ['a call without name', rpc('tools/call', {})],
  ['a call whose name is an object', rpc('tools/call', { name: { $ne: 1 } })],
  ['arguments in a list', rpc('tools/call', { name: 'search', arguments: [] })],
  ['a call that runs as a task', call('search', {}, { task: { ttl: 1 } })],
  ['an answer to a question of the server', { jsonrpc: '2.0', id: 1, result: { action: 'accept' } }],
  ['an error for the server', { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'data' } }],
])('is malformed: %s', (_what, body) => {
  expect(code(request(MCP, body))).toBe('malformed-message');
});

test.each([
  'resources/read',
  'resources/list',
  'resources/subscribe',
  'prompts/get',
  'completion/complete',
  'tasks/get',
  'sampling/createMessage',
  'tools/Call',
  'x',
])('has no place in a declaration: %s', (method) => {
  expect(code(request(MCP, rpc(method, { name: 'search', uri: 'file:///' })))).toBe('undeclared-method');
});

describe('headers equal the body', () => {
  test('a call of the revision of 2026 passes with them', () => {
    expect(code(request(MCP, call('search', {}, meta), { headers: headers() }))).toMatchObject({ operation: 'search' });
    const encoded = `=?base64?${Buffer.from('search').toString('base64')}?=`;
    expect(code(request(MCP, call('search', {}, meta), { headers: headers({ 'mcp-name': encoded }) }))).toMatchObject({
      operation: 'search',
    });
    expect(
      code(request(MCP, call('search', { a: 'x' }, meta), { headers: headers({ 'mcp-param-region': 'x' }) })),
    ).toMatchObject({ operation: 'search' });
  });

  test.each<[string, object, object]>([
    ['another name', call('purge', {}, meta), headers()],
    ['another method', rpc('tools/list', meta), headers()],
    ['no name', call('search', {}, meta), { 'mcp-protocol-version': NEW, 'mcp-method': 'tools/call' }],
    ['no method', call('search', {}, meta), { 'mcp-protocol-version': NEW, 'mcp-name': 'search' }],
    ['a name where the body has none', rpc('tools/list', meta), headers({ 'mcp-method': 'tools/list' })],
    ['no version in the body', call('search', {}), headers()],
    ['another version in the body', call('search', {}, meta), headers({ 'mcp-protocol-version': '2025-11-25' })],
    ['a version in the body alone', call('search', {}, meta), { 'mcp-method': 'tools/call' }],
    ['broken Base64', call('search', {}, meta), headers({ 'mcp-name': '=?base64?c2VhcmNo=?=' })],
    ['a parameter that the body lacks', call('search', {}, meta), headers({ 'mcp-param-region': 'x' })],
    ['another name, in a session', call('purge'), { ...VERSION, 'mcp-name': 'search' }],
  ])('refused: %s', (_what, body, given) => {
    expect(code(request(MCP, body, { headers: given as Record<string, string> }))).toBe('header-mismatch');
  });

  test('refused: a header that comes twice', () => {
    const http = request(MCP, call('search'), { headers: VERSION });
    expect(code({ ...http, headers: [...http.headers, ['mcp-name', 'search'], ['mcp-name', 'purge']] })).toBe(
      'header-mismatch',
    );
  });

  test('refused: a revision that is not judged', () => {
    expect(code(request(MCP, call('search'), { headers: { 'mcp-protocol-version': '2024-11-05' } }))).toBe(
      'malformed-message',
    );
  });
});

test('the denial is told to the id of the request, where there is one', () => {
  expect(parse(request(MCP, { ...call('search'), id: 'x', jsonrpc: '1' }))).toMatchObject({
    protocol: { kind: 'mcp', id: 'x' },
  });
  expect(parse(request(MCP, '{'))).toMatchObject({ protocol: { kind: 'mcp' }, denial: { code: 'malformed-json' } });
});

test('a body over the limit is not read', () => {
  expect(code(request(MCP, `"${'x'.repeat(config.limits.bodyBytes)}"`))).toBe('body-too-large');
});
