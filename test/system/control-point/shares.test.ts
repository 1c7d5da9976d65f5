import type { ClientHttp2Session } from 'node:http2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import type { Leaf } from '../envoy/pki';
import { type Answer, fieldsOf, openSession, until } from '../envoy/run';
import { ControlPoint } from './control-point';

/** What one agent may have under way here. */
const MOST = 8;
const CUSTOMER = '/tools/crm/v1/customers/C-1';

/** A bootstrap in which every upstream may be on this machine: its address alone is not judged. */
const upstreamsHere = (text: string): string =>
  JSON.stringify(JSON.parse(text), (key, value) =>
    key === 'http_filters' ? value.filter(({ name }: { name: string }) => !name.endsWith('upstream_rbac')) : value,
  );

const point = new ControlPoint();
beforeAll(async () => {
  const config = (written: NonNullable<ControlPoint['configured']>) => ({
    ...written,
    limits: { ...written.limits, agentCalls: MOST },
  });
  await point.start({ config, edit: upstreamsHere });
  for (const upstream of [point.world.upstreams.tickets, point.world.upstreams.crm])
    upstream.respond = (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    };
}, 120_000);
afterAll(() => point.stop());

/** Calls of triage whose bodies never come: each holds what a call holds. One that found no room asks again. */
function slow(count: number): ClientHttp2Session {
  const ask = point.world.ask(MCP, point.asks(MCP, {}));
  const session = openSession(ask);
  const hold = (): void => {
    if (session.destroyed) return;
    const stream = session.request(fieldsOf(ask));
    stream.on('error', () => undefined).resume();
    stream.once('response', hold);
    stream.write('{');
  };
  for (let i = 0; i < count; i++) hold();
  return session;
}

const search = (): Promise<Answer> => point.back(MCP, call('search', { query: 'printer' }));
/** The other agent, as its sidecar calls. */
async function clerk(): Promise<Answer> {
  const { agents, token } = point.configured ?? {};
  const signed = await point.signed({ sub: agents?.clerk?.serviceAccount ?? '', aud: token?.audience ?? '' });
  const headers = { 'x-firepit-token': signed };
  return point.world.back(CUSTOMER, { headers, identity: point.world.identities.clerk as Leaf });
}

test('an agent that has too much under way is told so, the others and those who ask it go on, and when that ends it does too', async () => {
  expect((await search()).status).toBe(200);
  const session = slow(MOST);
  await until('triage has as much under way as it may', async () => (await search()).status === 429, 60);
  const refused = await search();
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  expect(JSON.parse(refused.body)).toMatchObject({ error: { data: { code: 'too-many-calls' } } });
  expect(point.memory.decisions.at(-1)).toMatchObject({ effect: 'deny', because: ['triage.calls'] });
  const { tickets, crm } = point.world.upstreams;
  tickets.received.length = 0;
  for (let i = 0; i < MOST; i++) expect((await search()).status).toBe(429);
  expect(tickets.received).toEqual([]);
  expect((await clerk()).status).toBe(200);
  expect(crm.received).toHaveLength(1);
  expect((await point.front('/agents/triage/ask', { q: 'hi' })).status).toBe(200);
  session.destroy();
  await until('there is room again', async () => (await search()).status === 200, 60);
}, 180_000);
