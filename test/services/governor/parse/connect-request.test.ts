import { parseConnect, tunnelOf, withRun } from '../../../../services/governor/parse/connect-request';
import { parseRequest } from '../../../../services/governor/parse/parse';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { team } from '../../../support/team';
import { environment } from '../support/environment';

const { config } = environment(team());
const TARGET = 'packages.example.com:443';
const connect = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  door: 'back',
  method: 'CONNECT',
  path: TARGET,
  headers: [],
  body: Buffer.alloc(0),
  ...more,
});

test('a CONNECT is the one operation of the host that it names', () => {
  expect(parseRequest(config, connect())).toEqual({
    protocol: { kind: 'connect' },
    call: { kind: 'operation', tool: 'packages', operation: 'connect', arguments: {}, textual: new Set() },
    passages: [],
    body: undefined,
  });
});

test.each([
  'packages.example.com',
  'packages.example.com:22',
  'PACKAGES.example.com:443',
  'packages.example.com.:443',
  'x.packages.example.com:443',
  '192.0.2.1:443',
  '/tools/packages',
  '',
])('nothing is declared at %j', (path) => {
  expect(tunnelOf(config.tools, path)).toBeUndefined();
  expect(() => parseConnect(config.tools, connect({ path }))).toThrow(
    expect.objectContaining({ code: 'unknown-route' }),
  );
});

test('people make none', () => {
  const refused = parseRequest(config, connect({ door: 'front' }));
  expect(refused).toMatchObject({ protocol: { kind: 'connect' }, denial: { code: 'unknown-route' } });
});

test.each(['content-length', 'transfer-encoding', 'expect', 'upgrade'])('one with %s is a denial', (name) => {
  const headers = [[name, '5']] as const;
  expect(() => parseConnect(config.tools, connect({ headers }))).toThrow(
    expect.objectContaining({ code: 'malformed-message' }),
  );
});

describe('the run of a CONNECT', () => {
  const handle = 'h'.repeat(43);
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  test('is what stands in the URL of the proxy', () => {
    expect(withRun([['proxy-authorization', basic(`run:${handle}`)]])).toEqual([['x-firepit-run', handle]]);
  });

  test.each(['Bearer x', 'Basic !', basic('user:password'), basic(handle), basic(`:${handle}`), ''])(
    'is none that anybody knows for %j, and never left out',
    (value) => {
      expect(withRun([['proxy-authorization', value]])).toEqual([['x-firepit-run', '']]);
    },
  );

  test('comes once: a header beside it is a second one, which a later step refuses', () => {
    const both = withRun([
      ['x-firepit-run', handle],
      ['proxy-authorization', basic(`run:${handle}`)],
    ]);
    expect(both).toHaveLength(2);
  });
});
