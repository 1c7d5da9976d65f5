import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Operation, Peer, Route } from '../../../lib';
import { peersAuthority } from '../../../lib/gateway/paths';
import { Runs } from '../../../services/governor/identify/runs';
import { changed } from '../../support/desk';
import type { Leaf } from '../envoy/pki';
import { Pod } from '../envoy/pod';
import { get } from '../envoy/run';
import { declaration } from '../envoy/world';
import { ControlPoint } from './control-point';
import { startPods } from './start-pods';

/** The desk, whose clerk may ask triage; nobody declared the other way. */
const desk = changed((draft) => {
  draft.tools.helper = Peer.agent('triage', { operations: { ask: Operation.read({ route: Route.post('/ask') }) } });
  draft.agents.clerk.tools = ['crm.customer', 'helper.ask'];
}, declaration());
const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };
const SEARCH = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'search', arguments: {} } };

describe('an agent asks another one: sidecar, gateway, governor, gateway, sidecar', () => {
  const point = new ControlPoint(desk);
  const pods = { clerk: new Pod(point.world, 'clerk'), triage: new Pod(point.world, 'triage') };
  let handle = '';

  beforeAll(async () => {
    for (const pod of Object.values(pods)) await pod.reserve();
    point.world.upstreams.tickets.respond = (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    };
    await point.start({ triage: pods.triage.inbound });
    await startPods(point, pods);
    ({ handle } = await new Runs(point.memory, 3_600_000).open('clerk', ADA, Date.now()));
  }, 180_000);
  afterAll(async () => {
    for (const pod of Object.values(pods)) await pod.stop();
    await point.stop();
  });
  beforeEach(() => {
    pods.triage.asked.length = 0;
    point.memory.decisions.length = 0;
    point.world.upstreams.tickets.received.length = 0;
  });

  /** As the agent itself asks: plain HTTP to its own sidecar. */
  const asks = (agent: keyof typeof pods, path: string, run: string | undefined, body: object = {}): Promise<number> =>
    get(pods[agent].outbound, path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer its own',
        ...(run === undefined ? {} : { 'x-firepit-run': run }),
      },
      body: JSON.stringify(body),
    });
  const last = () => point.memory.decisions.at(-1);

  test('it arrives with a handle of its own, and nothing else that the caller has', async () => {
    expect(await asks('clerk', '/tools/helper/ask', handle)).toBe(200);
    const [asked] = pods.triage.asked;
    expect(asked?.url).toBe('/ask');
    expect(asked?.headers['x-firepit-run']).toMatch(/^p[A-Za-z0-9_-]{43}$/);
    for (const header of ['authorization', 'x-firepit-token', 'x-forwarded-client-cert'])
      expect(asked?.headers[header]).toBeUndefined();
    expect(last()).toMatchObject({ effect: 'allow', action: 'helper.ask', agent: 'clerk', user: { subject: 'ada' } });
  });

  test('what it then does is of the same run and person, by its own rights; the upstream sees no handle', async () => {
    await asks('clerk', '/tools/helper/ask', handle);
    const handed = String(pods.triage.asked[0]?.headers['x-firepit-run']);
    const run = last()?.run;
    expect(await asks('triage', '/tools/tickets/mcp', handed, SEARCH)).toBe(200);
    expect(last()).toMatchObject({ effect: 'allow', agent: 'triage', run, user: { subject: 'ada' } });
    expect(last()?.facts).toContain('through:clerk');
    expect(point.world.upstreams.tickets.received[0]?.headers['x-firepit-run']).toBeUndefined();
    // Its handle is nobody else's, and the caller's is not its own.
    expect(await asks('clerk', '/tools/helper/ask', handed)).toBe(403);
    expect(last()).toMatchObject({ effect: 'deny', code: 'run-unknown' });
    // In MCP a refusal is an answer.
    expect(await asks('triage', '/tools/tickets/mcp', handle, SEARCH)).toBe(200);
    expect(last()).toMatchObject({ effect: 'deny', code: 'run-unknown' });
    expect(pods.triage.asked).toHaveLength(1);
    expect(point.world.upstreams.tickets.received).toHaveLength(1);
  });

  test('in no run it is denied, and another path of the agent is none', async () => {
    expect(await asks('clerk', '/tools/helper/ask', undefined)).toBe(403);
    expect(last()).toMatchObject({ effect: 'deny', code: 'not-permitted', facts: ['autonomous'] });
    expect(await asks('clerk', '/tools/helper/healthz', handle)).toBe(404);
    expect(pods.triage.asked).toEqual([]);
  });

  test('who did not declare it gets no further than its own sidecar, and past that no further than the gateway', async () => {
    expect(await asks('triage', '/tools/helper/ask', handle)).toBe(404);
    const { world } = point;
    const authority = peersAuthority(world.context);
    const past = (path: string, more: object = {}) =>
      world.back(path, { ...point.asks(path, {}), method: 'POST', ...more });
    expect((await past('/tools/helper/ask', { authority })).status).toBe(403);
    const identity = world.identities.stranger as Leaf;
    expect((await past('/tools/helper/ask', { authority, identity })).status).toBe(0);
    expect(pods.triage.asked).toEqual([]);
  });

  test('neither door has what is behind the other', async () => {
    const { world } = point;
    const mcp = point.asks('/tools/tickets/mcp', SEARCH);
    // No route says who may, so nobody may.
    const wrong = await world.back('/tools/tickets/mcp', { ...mcp, authority: peersAuthority(world.context) });
    expect([wrong.status, world.upstreams.tickets.received]).toEqual([403, []]);
    expect((await world.back('/tools/tickets/mcp', mcp)).status).toBe(200);
    expect(await asks('clerk', '/agents/triage/ask', handle)).toBe(404);
    expect(pods.triage.asked).toEqual([]);
  });
});
