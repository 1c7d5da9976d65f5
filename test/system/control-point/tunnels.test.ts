import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Duration, OpaqueHost, Private, Reach, Sequence, Taint } from '../../../lib';
import { governorConfigOf } from '../../../lib/governor';
import { Runs } from '../../../services/governor/identify/runs';
import { changed } from '../../support/desk';
import type { Leaf } from '../envoy/pki';
import { Pod } from '../envoy/pod';
import { get, until } from '../envoy/run';
import { declaration, HOST as FRONT, GATEWAY } from '../envoy/world';
import { ControlPoint } from './control-point';
import { startPods } from './start-pods';
import { connectStatus, type Opened, openSecured, openTunnel, throughTls } from './tunnel-client';

const HOST = 'packages.internal.example.com';
const TARGET = `${HOST}:443`;
const BYTES = 256 * 1024;
const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };

/** The desk, whose clerk may tunnel to packages; triage may not. */
const desk = changed((draft) => {
  draft.tools.packages = OpaqueHost.at(Private.host(HOST, { cidrs: ['127.0.0.0/8'] }), {
    caps: { bytes: BYTES, connections: 2, duration: Duration.seconds(5) },
  });
  draft.agents.clerk.tools = ['crm.customer', 'packages.connect'];
  draft.agents.clerk.sequence = [
    Sequence.atMost(100, 'packages.connect', Duration.hours(1)),
    Sequence.never(Taint.SENSITIVE).before(Reach.EXTERNAL),
  ];
}, declaration());

describe('a tunnel to an opaque host: sidecar, gateway, governor, host', () => {
  const point = new ControlPoint(desk);
  const pods = { clerk: new Pod(point.world, 'clerk'), triage: new Pod(point.world, 'triage') };
  const opened: Opened[] = [];
  const tokens: Record<string, Readonly<Record<string, string>>> = {};
  let host: Server;
  let connections = 0;
  let handle = '';

  /** A host that says as many bytes as it is asked for, and waits where it is asked for none. */
  const serve = (socket: TLSSocket): void => {
    socket.on('error', () => undefined);
    socket.on('data', (said: Buffer) => {
      const wanted = Number(said.toString('latin1').trim());
      if (wanted > 0) socket.end(Buffer.alloc(wanted, 'x'));
    });
  };

  beforeAll(async () => {
    const leaf = point.world.pki.leaf(HOST);
    host = createServer({ cert: leaf.cert, key: leaf.key }, serve);
    host.on('tlsClientError', () => undefined);
    host.on('connection', () => {
      connections++;
    });
    await new Promise<void>((done) => host.listen(0, '127.0.0.1', done));
    for (const pod of Object.values(pods)) await pod.reserve();
    await point.start({ hosts: { [TARGET]: (host.address() as AddressInfo).port } });
    for (const [agent, token] of Object.entries(await startPods(point, pods)))
      tokens[agent] = { 'x-firepit-token': token };
    ({ handle } = await new Runs(point.memory, 3_600_000).open('clerk', ADA, Date.now()));
  }, 180_000);
  afterAll(async () => {
    for (const { socket } of opened) socket.destroy();
    for (const pod of Object.values(pods)) await pod.stop();
    await point.stop();
    host.close();
  });
  beforeEach(() => {
    for (const { socket } of opened.splice(0)) socket.destroy();
    point.memory.decisions.length = 0;
    point.memory.outcomes.length = 0;
    connections = 0;
  });

  const asks = async (target = TARGET, lines: readonly string[] = [], agent: keyof typeof pods = 'clerk') => {
    const tunnel = await openTunnel(pods[agent].outbound, target, lines);
    opened.push(tunnel);
    return tunnel;
  };
  const says = (tunnel: Opened, say: string, servername = HOST) =>
    throughTls(tunnel, { servername, ca: point.world.pki.ca, say });
  const inRun = (of: string): string => `Proxy-Authorization: Basic ${Buffer.from(`run:${of}`).toString('base64')}`;
  const last = () => point.memory.decisions.at(-1);
  /** Of the last tunnel that was let through, or of the one with this decision. */
  const outcome = async (of = last()?.id) => {
    const found = () => point.memory.outcomes.find(({ decision }) => decision === of);
    await until('the outcome is on record', () => found() !== undefined, 60);
    return found();
  };

  test('carries TLS to the host and back, in the run that the proxy URL names; what passed is on record', async () => {
    const tunnel = await asks(TARGET, [inRun(handle)]);
    expect(tunnel.status).toBe(200);
    expect(last()).toMatchObject({
      effect: 'allow',
      action: 'packages.connect',
      protocol: 'connect',
      method: 'CONNECT',
      path: TARGET,
      user: { subject: 'ada' },
      operation: { effect: 'write', reach: 'external' },
    });
    expect(await says(tunnel, '1000')).toBe(1000);
    const { tunnel: passed, ...rest } = (await outcome()) ?? {};
    expect(rest).toMatchObject({ phase: 'response', status: 200, withheld: false, event: { returns: ['untrusted'] } });
    expect(passed?.received).toBeGreaterThan(1000);
    expect(passed?.sent).toBeGreaterThan(100);
  });

  test('undeclared host, other port, address, name with a dot: no way, whoever asks', async () => {
    for (const target of ['evil.example.com:443', `${HOST}:8443`, HOST, '127.0.0.1:443', '[::1]:443', `${HOST}.:443`])
      expect([target, (await asks(target, [inRun(handle)])).status]).not.toEqual([target, 200]);
    for (const body of ['Content-Length: 5', 'Transfer-Encoding: chunked'])
      expect([body, (await asks(TARGET, [inRun(handle), body])).status]).not.toEqual([body, 200]);
    for (const port of [pods.clerk.health, pods.clerk.metrics, point.world.healthPort])
      expect((await openTunnel(port, TARGET)).status).not.toBe(200);
    // Neither as plain requests through the proxy, nor as something else than CONNECT.
    for (const path of [`http://${HOST}/`, `http://${HOST}:443/`, `https://${HOST}/`])
      expect([403, 404]).toContain(await get(pods.clerk.outbound, path, { headers: { host: HOST } }));
    expect(point.memory.decisions.filter(({ effect }) => effect === 'allow')).toEqual([]);
    expect(connections).toBe(0);
  });

  test('who did not declare it gets no further than its own sidecar', async () => {
    expect((await asks(TARGET, [], 'triage')).status).not.toBe(200);
    expect([point.memory.decisions, connections]).toEqual([[], 0]);
  });

  test('past its sidecar there is no more to be had: other hosts, and the same host for another agent', async () => {
    const past = (agent: 'clerk' | 'triage', target: string, more: Readonly<Record<string, string>> = {}) => {
      const { backPort, pki, identities } = point.world;
      const { cert, key } = identities[agent] as Leaf;
      const tls = { servername: GATEWAY, ca: pki.ca, cert, key };
      return connectStatus(backPort, tls, { ':authority': target, ...tokens[agent], ...more });
    };
    for (const target of ['evil.example.com:443', `${HOST}:8443`, '127.0.0.1:443', GATEWAY, `${GATEWAY}:443`])
      expect([target, await past('clerk', target)]).not.toEqual([target, 200]);
    expect(await past('triage', TARGET)).toBe(403);
    expect(last()).toMatchObject({ effect: 'deny', code: 'not-permitted', agent: 'triage' });
    expect(await past('clerk', TARGET, { 'content-length': '5' })).not.toBe(200);
    expect(await past('clerk', TARGET, { 'x-firepit-token': '' })).toBe(401);
    expect(connections).toBe(0);
  });

  test('at the door of people nobody tunnels, not even who may ask: no agent and no host is reached', async () => {
    const { issuer: iss, audience: aud, groupsClaim } = governorConfigOf(point.world.context).users;
    const authorization = `Bearer ${await point.signed({ iss, aud, sub: 'ada', [groupsClaim]: ['support'] })}`;
    const { frontPort, pki, upstreams } = point.world;
    const tls = { servername: GATEWAY, ca: pki.ca };
    // Who asks is somebody who may: it is the CONNECT that is refused.
    expect((await point.front('/agents/triage/', {})).status).toBe(200);
    const arrived = upstreams.triage.received.length;
    point.memory.decisions.length = 0;
    for (const target of [TARGET, `${FRONT}:443`, `triage.${desk.name}.svc:8443`, `${GATEWAY}:8443`, '127.0.0.1:443']) {
      const { status, socket } = await openSecured({ ...tls, port: frontPort }, target, [
        `Authorization: ${authorization}`,
      ]);
      socket.destroy();
      const statuses = [status, await connectStatus(frontPort, tls, { ':authority': target, authorization })];
      expect([target, statuses.filter((one) => one < 400)]).toEqual([target, []]);
    }
    expect(point.memory.decisions.filter(({ effect }) => effect === 'allow')).toEqual([]);
    expect([upstreams.triage.received.length, connections]).toEqual([arrived, 0]);
  });

  test('after sensitive data there is none, and what a tunnel brought is on the run', async () => {
    const { handle: own } = await new Runs(point.memory, 3_600_000).open('clerk', ADA, Date.now());
    const customer = () =>
      get(pods.clerk.outbound, '/tools/crm/v1/customers/C-1', { headers: { 'x-firepit-run': own } });
    expect((await asks(TARGET, [inRun(own)])).status).toBe(200);
    await customer();
    expect(last()).toMatchObject({
      effect: 'allow',
      action: 'crm.customer',
      facts: expect.arrayContaining(['taint:untrusted']),
    });
    connections = 0;
    expect((await asks(TARGET, [inRun(own)])).status).toBe(403);
    expect(last()).toMatchObject({ effect: 'deny', code: 'sequence-violated', because: ['clerk.sequence.1'] });
    expect(connections).toBe(0);
  });

  test('a handle that is nobody’s is no run, and never “on its own”', async () => {
    expect((await asks(TARGET, [inRun('x'.repeat(43))])).status).toBe(403);
    expect(last()).toMatchObject({ effect: 'deny', code: 'run-unknown' });
    expect((await asks(TARGET, ['Proxy-Authorization: Bearer x'])).status).toBe(403);
    expect(last()).toMatchObject({ effect: 'deny', code: 'run-unknown' });
    expect(connections).toBe(0);
  });

  test('TLS for another host, and what is no TLS, never reach the host', async () => {
    const fronted = await asks(TARGET, [inRun(handle)]);
    expect(fronted.status).toBe(200);
    expect(await says(fronted, '1000', 'evil.example.com')).toBe(0);
    expect(await outcome()).toMatchObject({ code: 'not-permitted', withheld: true, tunnel: { received: 0 } });
    const plain = await asks(TARGET, [inRun(handle)]);
    plain.socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await outcome()).toMatchObject({ code: 'malformed-message', withheld: true });
  });

  test('more bytes than its cap cut it, and the record says how many passed', async () => {
    expect(await says(await asks(TARGET, [inRun(handle)]), String(BYTES * 2))).toBeLessThan(BYTES);
    const cut = await outcome();
    expect(cut).toMatchObject({ code: 'tunnel-capped', withheld: true, status: 200 });
    // What came above the cap is counted, and did not pass.
    expect(cut?.tunnel?.received).toBeGreaterThan(BYTES / 2);
  });

  test('one more than the connections of its cap is refused; one that ended makes room', async () => {
    const first = await asks(TARGET, [inRun(handle)]);
    const decision = last()?.id;
    expect([first.status, (await asks(TARGET, [inRun(handle)])).status]).toEqual([200, 200]);
    expect((await asks(TARGET, [inRun(handle)])).status).toBe(429);
    expect(last()).toMatchObject({ effect: 'deny', code: 'too-many-calls', because: ['packages.tunnel.connections'] });
    first.socket.destroy();
    await outcome(decision);
    expect((await asks(TARGET, [inRun(handle)])).status).toBe(200);
  });

  test('its time is over: it is cut, though nothing is said', async () => {
    const tunnel = await asks(TARGET, [inRun(handle)]);
    expect(await says(tunnel, '0')).toBe(0);
    expect(await outcome()).toMatchObject({ code: 'tunnel-capped', reason: 'it was open for 5 seconds' });
  });

  test.each(['paused', 'stopped'] as const)('a run that is %s cuts its tunnels', async (state) => {
    const { handle: own, run } = await new Runs(point.memory, 3_600_000).open('clerk', ADA, Date.now());
    const tunnel = await asks(TARGET, [inRun(own)]);
    const said = says(tunnel, '0');
    point.memory.turn(run.id, state);
    expect(await said).toBe(0);
    expect(await outcome()).toMatchObject({ code: `run-${state}`, withheld: true });
  });

  test('without the governor there is none, and the host sees nobody', async () => {
    await point.governor?.stop();
    expect((await asks(TARGET, [inRun(handle)])).status).toBe(503);
    expect(connections).toBe(0);
  });
});
