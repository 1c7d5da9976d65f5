import { parseHttp } from '../../../../services/governor/parse/http-request';
import { code, config, request } from '../support/requests';

const at = (path: string, props: object = {}) =>
  code(request(`/tools/crm${path}`, undefined, { method: 'GET', ...props }));

test('a declared route is its operation, with what stands in the path', () => {
  expect(at('/v1/customers/C-1')).toEqual({
    kind: 'operation',
    tool: 'crm',
    operation: 'customer',
    arguments: { id: 'C-1' },
    textual: new Set(['id']),
  });
  expect(at('/v1/customers/C%2D1?verbose=a+b')).toMatchObject({ arguments: { id: 'C-1', verbose: 'a b' } });
});

test.each([
  ['another path', '/v1/customers'],
  ['a deeper one', '/v1/customers/C-1/notes'],
  ['an empty segment', '/v1/customers/'],
  ['another case', '/V1/customers/C-1'],
  ['the prefix alone', ''],
])('nothing is declared at %s', (_what, path) => {
  expect(at(path)).toBe('unknown-route');
});
test.each(['POST', 'DELETE', 'HEAD', 'get'])('nor with %s', (method) => {
  expect(at('/v1/customers/C-1', { method })).toBe('unknown-route');
});

test.each([
  ['an encoded slash', '/v1/customers/a%2Fb'],
  ['an encoded backslash', '/v1/customers/a%5Cb'],
  ['a way up', '/v1/customers/..'],
  ['an encoded way up', '/v1/customers/%2e%2e'],
  ['a NUL', '/v1/customers/a%00'],
  ['broken percent-encoding', '/v1/customers/%zz'],
  ['bytes that are not UTF-8', '/v1/customers/%ff'],
  ['a parameter twice', '/v1/customers/C-1?a=1&a=2'],
  ['a parameter without a name', '/v1/customers/C-1?=1'],
  ['the argument of the path again', '/v1/customers/C-1?id=C-2'],
  ['a prototype', '/v1/customers/C-1?__proto__=1'],
])('malformed: %s', (_what, path) => {
  expect(at(path)).toBe('malformed-message');
});

test('keys of the body are arguments, and never a second value of one', () => {
  const tool = config.tools.crm!;
  const customer = tool.operations.customer!;
  const posting = {
    ...tool,
    operations: {
      put: { ...customer, route: { method: 'PUT', path: '/c/{id}' } },
      me: { ...customer, route: { method: 'PUT', path: '/c/me' } },
    },
  };
  expect(parseHttp('crm', posting, 'PUT', '/c/1', { name: 2 })).toMatchObject({
    operation: 'put',
    arguments: { id: '1', name: 2 },
  });
  expect(parseHttp('crm', posting, 'PUT', '/c/me', undefined)).toMatchObject({ operation: 'me' });
  expect(() => parseHttp('crm', posting, 'PUT', '/c/1', { id: '2' })).toThrow(/malformed-message/);
  expect(() => parseHttp('crm', posting, 'PUT', '/c/1', [1])).toThrow(/malformed-message/);
});
