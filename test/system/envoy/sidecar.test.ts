import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Pod } from './pod';
import { get, send, until } from './run';
import { GATEWAY, World } from './world';

const CALL = {
  method: 'POST',
  body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  headers: { 'content-type': 'application/json' },
};

describe('a sidecar, from its first second', () => {
  const world = new World();
  const pod = new Pod(world, 'triage');
  beforeAll(async () => {
    await pod.reserve();
    await world.start({ governor: true, triage: pod.inbound });
    await pod.start();
    await pod.until('it lives', async () => (await get(pod.health, '/live')) === 200);
  });
  afterAll(async () => {
    await pod.stop();
    await world.stop();
  });
  beforeEach(() => {
    world.governor.messages.length = 0;
    pod.asked.length = 0;
    for (const upstream of Object.values(world.upstreams)) upstream.received.length = 0;
  });

  test('without a certificate it is not ready and carries nothing', async () => {
    expect(await get(pod.health, '/ready')).toBe(503);
    expect(await get(pod.outbound, '/tools/tickets/mcp', CALL)).toBe(503);
    expect(world.governor.messages).toEqual([]);
  });

  test('with the certificate it becomes ready, without a restart', async () => {
    pod.identify();
    await pod.until('it is ready', async () => (await get(pod.health, '/ready')) === 200);
  });

  test('what the agent asks for arrives with the token of the pod, whatever the agent says about itself', async () => {
    const headers = {
      ...CALL.headers,
      authorization: 'Bearer placeholder',
      'x-firepit-token': 'forged',
      'x-firepit-run': 'run-7',
    };
    expect(await get(pod.outbound, '/tools/tickets/mcp', { ...CALL, headers })).toBe(200);
    const [first] = world.governor.messages;
    expect(first?.headers['x-firepit-token']).toBe('token-1');
    expect(first?.headers['x-firepit-run']).toBe('run-7');
    expect(first?.headers.authorization).toBeUndefined();
    expect(first?.headers['x-forwarded-client-cert']).toMatch(/DNS=triage\.desk\.svc$/);
    expect(world.upstreams.tickets.received[0]?.headers.authorization).toBe('Bearer tickets-token');
    expect(world.upstreams.tickets.received[0]?.headers['x-firepit-token']).toBeUndefined();
  });

  test('a renewed token is used at once', async () => {
    pod.token('token-2');
    await until('the new token arrives', async () => {
      world.governor.messages.length = 0;
      await get(pod.outbound, '/tools/tickets/mcp', CALL);
      return world.governor.messages[0]?.headers['x-firepit-token'] === 'token-2';
    });
  });

  test.each(['/tools/purse/mcp', '/models/gpt/v1/chat/completions', '/agents/triage/', '/', '/tools/tickets'])(
    'what is not declared ends in the pod: %s',
    async (path) => {
      expect(await get(pod.outbound, path, CALL)).toBe(404);
      // The end of an answer before may still be told.
      expect(world.governor.messages.filter(({ phase }) => phase === 'requestHeaders')).toEqual([]);
    },
  );

  test('a question comes through the gateway and reaches the agent', async () => {
    const { status, body } = await world.front('/agents/triage/ask', { headers: { authorization: 'Bearer user' } });
    expect([status, body]).toEqual([200, '{"answer":42}']);
    const [asked] = pod.asked;
    expect(asked?.url).toBe('/ask');
    for (const header of ['authorization', 'x-forwarded-client-cert', 'x-forwarded-for'])
      expect(asked?.headers[header]).toBeUndefined();
  });

  test.each([
    ['nobody', undefined],
    ['the agent itself', 'triage'],
    ['another agent', 'clerk'],
  ] as const)('but not from %s', async (_what, who) => {
    const answer = await send({
      ...{
        port: pod.inbound,
        path: '/ask',
        authority: 'triage.desk.svc',
        servername: 'triage.desk.svc',
        ca: world.pki.ca,
      },
      ...(who === undefined ? {} : { identity: world.identities[who] as never }),
    });
    expect(answer.status).toBe(0);
    expect(pod.asked).toEqual([]);
  });

  test("the agent's health is asked through one path, and nothing else is", async () => {
    expect(await get(pod.health, '/agent')).toBe(200);
    pod.healthy = false;
    expect(await get(pod.health, '/agent')).toBe(500);
    pod.healthy = true;
    expect(pod.asked.map(({ url }) => url)).toEqual(['/healthz', '/healthz']);
    expect(await get(pod.health, '/ask')).toBe(404);
    expect(await get(pod.health, '/agent', { method: 'POST' })).toBe(404);
    expect(await get(pod.metrics, '/stats/prometheus')).toBe(200);
    expect(await get(pod.metrics, '/config_dump')).toBe(404);
  });

  test('with no gateway it is not ready, and the agent is told 503', async () => {
    await world.gateway?.stop();
    expect(await get(pod.outbound, '/tools/tickets/mcp', CALL)).toBe(503);
    await until('it is not ready', async () => (await get(pod.health, '/ready')) === 503, 45);
    expect(GATEWAY).toContain('gateway.');
  });
});
