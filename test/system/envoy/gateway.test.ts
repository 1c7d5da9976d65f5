import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Answer, get, send, sendMany, sendRaw, until } from './run';
import { GATEWAY, HOST, World } from './world';

/** What an agent that was taken over would bring along. */
const BROUGHT = {
  authorization: 'Bearer brought',
  'x-api-key': 'brought',
  cookie: 'session=brought',
  'x-firepit-token': 'token-of-the-pod',
  'x-firepit-run': 'run-1',
  'x-forwarded-client-cert': 'DNS=clerk.desk.svc',
  'x-forwarded-for': '10.1.1.1',
  'x-envoy-retry-on': '5xx',
  'x-envoy-upstream-rq-timeout-ms': '1',
  'content-type': 'application/json',
};
const CALL = { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' };

/** Requests of every kind; `declared` ones have a route. */
const corpus = (world: World): { name: string; declared: boolean; send: () => Promise<Answer | string> }[] => {
  const back = (name: string, path: string, ask: object = {}, declared = false) => ({
    name: `back: ${name}`,
    declared,
    send: () => world.back(path, ask),
  });
  const front = (name: string, path: string, ask: object = {}, declared = false) => ({
    name: `front: ${name}`,
    declared,
    send: () => world.front(path, ask),
  });
  const raw = (name: string, text: string, door: 'front' | 'back' = 'back') => ({
    name: `raw ${door}: ${name}`,
    declared: false,
    send: () =>
      sendRaw(
        {
          port: door === 'back' ? world.backPort : world.frontPort,
          servername: GATEWAY,
          ca: world.pki.ca,
          ...(world.identities.triage === undefined ? {} : { identity: world.identities.triage }),
        },
        text,
      ),
  });
  return [
    back('a call of an MCP server', '/tools/tickets/mcp', CALL, true),
    back('its event stream', '/tools/tickets/mcp', {}, true),
    back('a message to a model', '/models/claude/v1/messages', CALL, true),
    back('an operation of an API', '/tools/crm/v1/customers/C-1', {}, true),
    back('more than the limit', '/tools/tickets/mcp', { body: Buffer.alloc(3 * 1024 * 1024, 'a') }, true),
    front('a question', '/agents/triage/ask', CALL, true),
    back('another path of the MCP server', '/tools/tickets/admin', CALL),
    back('another method of the API', '/tools/crm/v1/customers/C-1', { method: 'DELETE' }),
    back('another path of the API', '/tools/crm/v1/customers', {}),
    back('a deeper path of the API', '/tools/crm/v1/customers/C-1/notes', {}),
    back('another API of the model', '/models/claude/v1/files', CALL),
    back('an unknown tool', '/tools/purse/mcp', CALL),
    back('an unknown model', '/models/gpt/v1/chat/completions', CALL),
    back('an agent through the back', '/agents/triage/ask', CALL),
    back('the root', '/', {}),
    back('an encoded slash', '/tools/crm/v1%2Fcustomers/C-1', {}),
    back('a way up', '/tools/crm/v1/customers/../../admin', {}),
    back('another authority', '/tools/tickets/mcp', { ...CALL, authority: HOST }),
    back('an upstream as authority', '/tools/tickets/mcp', { ...CALL, authority: 'tickets.internal.example.com' }),
    back('an underscore in a header', '/tools/tickets/mcp', { ...CALL, headers: { x_firepit_token: 'a' } }),
    front('an unknown agent', '/agents/nobody/ask', CALL),
    front('an agent by half its name', '/agents/tri', CALL),
    front('a tool through the front', '/tools/tickets/mcp', CALL),
    front('another authority', '/agents/triage/ask', { ...CALL, authority: 'evil.example.com' }),
    front('the name inside the cluster', '/agents/triage/ask', { ...CALL, authority: GATEWAY }),
    raw(
      'two lengths',
      `POST /tools/tickets/mcp HTTP/1.1\r\nhost: ${GATEWAY}\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{"a"`,
    ),
    raw(
      'a length and chunks',
      `POST /tools/tickets/mcp HTTP/1.1\r\nhost: ${GATEWAY}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /tools/tickets/mcp HTTP/1.1\r\nhost: ${GATEWAY}\r\n\r\n`,
    ),
    raw('HTTP/1.0', 'GET /tools/tickets/mcp HTTP/1.0\r\n\r\n'),
    raw(
      'a tunnel',
      `CONNECT tickets.internal.example.com:443 HTTP/1.1\r\nhost: tickets.internal.example.com:443\r\n\r\n`,
    ),
    raw('a tunnel', `CONNECT ${HOST}:443 HTTP/1.1\r\nhost: ${HOST}:443\r\n\r\n`, 'front'),
    raw('an absolute target', `GET http://tickets.internal.example.com/mcp HTTP/1.1\r\nhost: ${GATEWAY}\r\n\r\n`),
    raw(
      'a websocket',
      `GET /agents/triage/ws HTTP/1.1\r\nhost: ${HOST}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
      'front',
    ),
  ];
};
const statusOf = (answer: Answer | string): number =>
  typeof answer === 'string' ? Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0) : answer.status;

describe('with no governor', () => {
  const world = new World();
  beforeAll(() => world.start({ governor: false }));
  afterAll(() => world.stop());

  test('nothing at all reaches an upstream or an agent', async () => {
    const outcomes: [string, number][] = [];
    for (const request of corpus(world)) outcomes.push([request.name, statusOf(await request.send())]);
    expect(outcomes.filter(([, status]) => status > 0 && status < 400)).toEqual([]);
    expect(outcomes.filter(([name, status]) => name === 'back: a call of an MCP server' && status !== 503)).toEqual([]);
    expect(world.reached).toBe(0);
    expect(Object.values(world.upstreams).map(({ connections }) => connections)).toEqual([0, 0, 0, 0]);
  });
});

describe('with a governor that lets everything pass', () => {
  const world = new World();
  beforeAll(() =>
    world.start({
      governor: true,
      edit: (text) => text.replaceAll('"message_timeout":"10s"', '"message_timeout":"1s"'),
    }),
  );
  afterAll(() => world.stop());
  beforeEach(() => {
    world.governor.decide = () => 'pass';
    world.governor.messages.length = 0;
    for (const upstream of Object.values(world.upstreams)) upstream.received.length = 0;
  });

  test('what is not declared is not there', async () => {
    const undeclared = corpus(world).filter(({ declared }) => !declared);
    const outcomes: [string, number][] = [];
    for (const request of undeclared) outcomes.push([request.name, statusOf(await request.send())]);
    expect(outcomes.filter(([, status]) => status > 0 && status < 400)).toEqual([]);
    expect(world.reached).toBe(0);
  });

  test("the upstream gets the gateway's credential, and nothing the agent brought", async () => {
    const answer = await world.back('/tools/tickets/mcp', { ...CALL, headers: BROUGHT });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toBeUndefined();
    const [received] = world.upstreams.tickets.received;
    expect(received?.url).toBe('/mcp');
    expect(received?.body).toBe(CALL.body);
    const headers = Object.fromEntries(Object.entries(received?.headers ?? {}));
    expect(headers.authorization).toBe('Bearer tickets-token');
    expect(Object.keys(headers).sort()).toEqual([
      ':authority',
      ':method',
      ':path',
      ':scheme',
      'authorization',
      'content-length',
      'content-type',
      'x-request-id',
    ]);
    expect(headers['content-length']).toBe(String(CALL.body.length));
  });

  test('the governor sees it all first: the token, and the name in the certificate as Envoy verified it', async () => {
    await world.back('/tools/tickets/mcp', { ...CALL, headers: BROUGHT });
    const [first] = world.governor.messages;
    expect(first?.door).toBe('back');
    expect(first?.headers['x-firepit-token']).toBe('token-of-the-pod');
    expect(first?.headers['x-firepit-run']).toBe('run-1');
    expect(first?.headers['x-forwarded-client-cert']).toMatch(/^Hash=[0-9a-f]{64};DNS=triage\.desk\.svc$/);
    expect(world.governor.messages.map(({ phase }) => phase)).toEqual([
      'requestHeaders',
      'requestBody',
      'responseHeaders',
      'responseBody',
      // The end, of which Envoy hears by itself.
      'responseBody',
    ]);
    expect(world.governor.messages[1]?.body.toString()).toBe(CALL.body);
  });

  test("an agent gets the question without the user's credential, and its answer cannot act in a browser", async () => {
    const answer = await world.front('/agents/triage/ask?q=1', { headers: BROUGHT });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['content-security-policy']).toContain('sandbox');
    const [received] = world.upstreams.triage.received;
    expect(received?.url).toBe('/ask?q=1');
    expect(received?.headers['x-firepit-run']).toBe('run-1');
    for (const header of [
      'authorization',
      'cookie',
      'x-api-key',
      'x-firepit-token',
      'x-forwarded-client-cert',
      'x-forwarded-for',
    ])
      expect(received?.headers[header]).toBeUndefined();
    expect(world.governor.messages[0]?.door).toBe('front');
  });

  test.each([
    ['a public host that resolves to a private address', '/models/claude/v1/messages', 'claude', CALL],
    ['a private host outside its ranges', '/tools/crm/v1/customers/C-1', 'crm', {}],
  ] as const)('%s is refused before a connection', async (_what, path, upstream, ask) => {
    expect((await world.back(path, ask)).status).toBe(403);
    expect(world.upstreams[upstream].connections).toBe(0);
  });

  test.each([
    ['none', undefined, 0],
    ["one of nobody's", 'stranger', 0],
    ["another agent's, which may not use the tool", 'clerk', 403],
    ['the right one', 'triage', 200],
  ] as const)('a certificate: %s', async (_what, who, status) => {
    const answer = await send({
      ...{
        port: world.backPort,
        path: '/tools/tickets/mcp',
        authority: GATEWAY,
        servername: GATEWAY,
        ca: world.pki.ca,
      },
      ...(who === undefined ? {} : { identity: world.identities[who] as never }),
      ...CALL,
    });
    expect(answer.status).toBe(status);
    expect(world.upstreams.tickets.received).toHaveLength(status === 200 ? 1 : 0);
  });

  test('a body over the limit is refused whole', async () => {
    expect((await world.back('/tools/tickets/mcp', { body: Buffer.alloc(3 * 1024 * 1024, 'a') })).status).toBe(413);
    expect(world.upstreams.tickets.received).toHaveLength(0);
  });

  test('a refusal, silence and a lost governor end the request', async () => {
    for (const [verdict, statuses] of [
      ['refuse', [403]],
      ['silence', [503, 504]],
    ] as const) {
      world.governor.decide = () => verdict;
      expect(statuses).toContain((await world.back('/tools/tickets/mcp', CALL)).status);
    }
    expect(world.upstreams.tickets.received).toHaveLength(0);
  });

  test('while people decide the call waits, longer than for any other answer', async () => {
    world.governor.decide = ({ phase }) => (phase.startsWith('request') ? { holdMilliseconds: 3000 } : 'pass');
    const start = Date.now();
    expect((await world.back('/tools/tickets/mcp', CALL)).status).toBe(200);
    expect(Date.now() - start).toBeGreaterThan(2900);
    expect(world.upstreams.tickets.received).toHaveLength(1);
  });

  test('an event stream passes piece by piece, and ends when the governor says so', async () => {
    world.upstreams.tickets.respond = (_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      for (const i of [0, 1, 2, 3])
        setTimeout(() => (i === 3 ? response.end() : response.write(`data: ${i}\n\n`)), i * 300);
    };
    const whole = await world.back('/tools/tickets/mcp', CALL);
    expect(whole.body).toContain('data: 2');
    expect((whole.pieces.at(-1) as number) - (whole.pieces[0] as number)).toBeGreaterThan(400);
    let seen = 0;
    world.governor.decide = ({ phase }) => (phase === 'responseBody' && ++seen > 1 ? 'refuse' : 'pass');
    const cut = await world.back('/tools/tickets/mcp', CALL);
    expect(cut.body).not.toContain('data: 1');
    world.upstreams.tickets.respond = (_request, response) => void response.end('{}');
  });

  test('a failing upstream is asked once, and tells the caller nothing about itself', async () => {
    world.upstreams.tickets.respond = (_request, response) => {
      response.statusCode = 503;
      response.end();
    };
    await world.back('/tools/tickets/mcp', { ...CALL, headers: BROUGHT });
    expect(world.upstreams.tickets.received).toHaveLength(1);
    world.upstreams.tickets.respond = (_request, response) => void response.end('{}');
  });

  test('a rotated credential is used without a restart; without one the request fails', async () => {
    const used = async (): Promise<unknown> => {
      const { status } = await world.back('/tools/tickets/mcp', CALL);
      return status === 200 ? world.upstreams.tickets.received.at(-1)?.headers.authorization : status;
    };
    world.credential('tickets', 'token', 'rotated\n');
    await until('the new credential is used', async () => (await used()) === 'Bearer rotated');
    world.credential('tickets', 'token', '');
    await until('no credential, no request', async () => (await used()) === 401);
    world.credential('tickets', 'token', 'tickets-token');
    await until('a credential again', async () => (await used()) === 'Bearer tickets-token');
  });

  test('2,000 requests in a row and none is lost to a connection that was reset', async () => {
    expect(await sendMany(world.ask('/tools/tickets/mcp', CALL), 2000)).toEqual({ 200: 2000 });
  });

  test('metrics are there, and nothing else of the admin interface', async () => {
    const metrics = world.ports[9090] as number;
    expect(await get(metrics, '/stats/prometheus')).toBe(200);
    for (const path of ['/config_dump', '/certs', '/stats', '/quitquitquit', '/'])
      expect(await get(metrics, path)).toBe(404);
  });

  test('the log names the route and never what was asked', async () => {
    const lines = (): number => (world.gateway?.log ?? '').split('"tools/crm.customer"').length;
    const before = lines();
    await world.back('/tools/crm/v1/customers/C-778899?secret=1', { headers: BROUGHT });
    await until('the line is written', () => lines() > before);
    for (const word of ['C-778899', 'secret=1', 'brought', 'token-of-the-pod', 'tickets-token'])
      expect(world.gateway?.log).not.toContain(word);
  });
});
