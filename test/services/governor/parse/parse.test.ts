import { gzipSync } from 'node:zlib';
import { Denial } from '../../../../services/governor/denial';
import { isRefused } from '../../../../services/governor/parse/parse';
import fc from '../../../support/property';
import { call, code, MCP, parse, parsed, request } from '../support/requests';

test('each door has its own paths', () => {
  expect(code(request('/agents/triage/ask', { q: 1 }, { door: 'front' }))).toEqual({ kind: 'ask', agent: 'triage' });
  expect(code(request('/agents/triage/ask', { q: 1 }))).toBe('unknown-route');
  expect(code(request('/agents/nobody/ask', { q: 1 }, { door: 'front' }))).toBe('unknown-route');
  expect(code(request(MCP, call('search'), { door: 'front' }))).toBe('unknown-route');
  for (const path of ['', '/', '/tools', '/tools/', '/models/claude', '/tools/__proto__/mcp', '//tools/tickets/mcp'])
    expect(code(request(path, {}))).toBe('unknown-route');
});

test("a person's question is read as text, key and value", () => {
  const texts = (body: unknown, headers: Record<string, string> = {}) =>
    parsed(request('/agents/triage/ask', body, { door: 'front', headers })).passages;
  expect(texts({ question: ['a', { b: 'c' }] })).toEqual(
    ['question', 'a', 'b', 'c'].map((text) => ({ zone: 'user', text })),
  );
  expect(texts('free text', { 'content-type': 'text/plain' })).toEqual([{ zone: 'user', text: 'free text' }]);
  expect(code(request('/agents/triage/ask', Buffer.from([0xff]), { door: 'front' }))).toBe('malformed-json');
});

test('a compressed body is judged decoded', () => {
  const body = gzipSync(JSON.stringify(call('search', { text: 'a' })));
  expect(code(request(MCP, body, { headers: { 'content-encoding': 'gzip' } }))).toMatchObject({ operation: 'search' });
  expect(code(request(MCP, body))).toBe('malformed-json');
});

test('any request is a call or a denial, and a body that is not JSON is never a call', () => {
  const path = fc.oneof(
    fc.constantFrom(
      MCP,
      '/models/claude/v1/messages',
      '/tools/crm/v1/customers/C-1',
      '/agents/triage/x',
      '/tools/tickets/mcp?x',
    ),
    fc.string().map((tail) => `/${tail}`),
  );
  const body = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(call('search', { a: 1 }))));
  const header = fc.tuple(
    fc.constantFrom('mcp-method', 'mcp-name', 'content-encoding', 'content-type', 'mcp-protocol-version'),
    fc.string(),
  );
  const anything = fc.record({
    path,
    body: body.map((text) => Buffer.from(text)),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'x'),
    door: fc.constantFrom('front' as const, 'back' as const),
    headers: fc.array(header, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(anything, (http) => {
      const result = parse({ ...http, headers: [['content-type', 'application/json'], ...http.headers] });
      if (isRefused(result)) {
        expect(result.denial).toBeInstanceOf(Denial);
        expect(result.denial.code).not.toBe('unavailable');
      } else if (result.call.kind === 'operation' && http.body.length > 0)
        expect(() => JSON.parse(http.body.toString())).not.toThrow();
    }),
    { numRuns: 300 },
  );
});

test('one changed byte of a call is the same call, another one, or a denial; never something unread', () => {
  const bytes = Buffer.from(JSON.stringify(call('search', { text: 'abc' })));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte;
      const result = parse(request(MCP, changed));
      if (!isRefused(result) && result.call.kind === 'operation')
        expect({ name: result.call.operation, arguments: result.call.arguments }).toEqual(
          JSON.parse(changed.toString()).params,
        );
    }),
    { numRuns: 300 },
  );
});

test('a path that is not visible ASCII is refused', () => {
  const good = request(MCP, call('search'));
  expect(code(good)).toMatchObject({ kind: 'operation' });
  for (const path of [`${MCP}\u00e9`, '/tools/crm/v1/customers/C 1', '/tools/crm/v1/customers/C\u007f'])
    expect(code(request(path))).toBe('malformed-message');
});

test('a run is turned at the front alone, and the guard looks at the reason', () => {
  const path = `/runs/run-${'0'.repeat(32)}/stop`;
  const { call, passages } = parsed(request(path, { reason: 'it loops' }, { door: 'front' }));
  expect(call).toMatchObject({ kind: 'turn', turn: 'stop', reason: 'it loops' });
  expect(passages).toContainEqual({ zone: 'user', text: 'it loops' });
  expect(code(request(path, { reason: 'it loops' }))).toBe('unknown-route');
});
