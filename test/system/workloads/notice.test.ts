import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { built } from '../../../cluster/build';
import { Isolation } from '../../../lib';
import { changed } from '../../support/desk';
import { Pod } from '../envoy/pod';
import { get, until } from '../envoy/run';
import { declaration, World } from '../envoy/world';
import { inGvisor } from './in-gvisor';
import { describeLong } from './long';

const MINUTES = 60_000;
const CALL = {
  method: 'POST',
  body: '{"id":1}',
  headers: { 'content-type': 'application/json' },
};

const sandboxed = (program: string, root: string): string => {
  const volumes = ['identity', 'token'].map((name) => join(root, '/var/run/firepit', name));
  return inGvisor(program, {
    folder: join(root, 'sandbox'),
    mounted: [join(root, '/etc/envoy'), ...volumes],
    memory: [join(root, '/var/run/envoy')],
  });
};

/**
 * Two sidecars in real gVisor, whose files are changed from outside as kubelet does: triage's is the one that such an
 * agent has, clerk's the one of an agent in a user namespace, which waits to be told.
 */
describeLong('files that change under a sidecar in gVisor', () => {
  const world = new World(
    changed((draft) => {
      draft.agents.triage.isolation = Isolation.gvisor();
    }, declaration()),
  );
  const told = new Pod(world, 'triage', sandboxed);
  const untold = new Pod(world, 'clerk', sandboxed);
  const pods = [told, untold];
  const health = (path: string): Promise<number[]> => Promise.all(pods.map((pod) => get(pod.health, path)));
  const ask = { triage: '/tools/tickets/mcp', clerk: '/tools/crm/customers/7' };
  /** The token that the gateway sees of each; kubelet probes both. */
  const tokens = async (): Promise<unknown[]> => {
    await health('/ready');
    world.governor.messages.length = 0;
    await get(told.outbound, ask.triage, CALL);
    await get(untold.outbound, ask.clerk);
    return world.governor.messages.flatMap(({ headers }) => headers['x-firepit-token'] ?? []);
  };
  /** Serial number of the certificate that a sidecar shows. */
  const shown = (port: number, servername: string): Promise<string> =>
    new Promise((done) => {
      const { cert, key } = world.identities.gateway as { cert: string; key: string };
      const socket = connect({ host: '127.0.0.1', port, servername, ca: world.pki.ca, cert, key }, () => {
        done(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', (error) => done(error.message));
    });
  const serials = (): Promise<string[]> =>
    Promise.all([shown(told.inbound, 'triage.desk.svc'), shown(untold.inbound, 'clerk.desk.svc')]);

  beforeAll(async () => {
    await built('gvisor');
    for (const pod of pods) await pod.reserve();
    await world.start({ governor: true, triage: told.inbound });
    for (const pod of pods) await pod.start();
    for (const pod of pods) await pod.until('it lives', async () => (await get(pod.health, '/live')) === 200);
  }, 15 * MINUTES);
  afterAll(async () => {
    for (const pod of pods) await pod.stop();
    await world.stop();
    rmSync(world.root, { recursive: true, force: true });
  });

  test('an identity that comes after the start is found; without the notice it is not, until the sidecar starts again', async () => {
    expect(await health('/ready')).toEqual([503, 503]);
    for (const pod of pods) pod.identify();
    await told.until('it is ready', async () => (await get(told.health, '/ready')) === 200);
    expect(await health('/ready')).toEqual([200, 503]);
    await untold.crash();
    untold.restart();
    await untold.until('the other one is ready too', async () => (await get(untold.health, '/ready')) === 200);
    expect(await tokens()).toEqual(['token-1', 'token-1']);
  });

  test('a renewed token is used; without the notice the old one is', async () => {
    for (const pod of pods) pod.token('token-2');
    await until('the new token arrives', async () => (await tokens())[0] === 'token-2', 60);
    expect(await tokens()).toEqual(['token-2', 'token-1']);
  });

  test('a renewed certificate is shown; without the notice the old one is', async () => {
    const before = await serials();
    expect(new Set(before).size).toBe(2);
    told.identify(world.pki.leaf('triage.desk.svc'));
    untold.identify(world.pki.leaf('clerk.desk.svc'));
    await until(
      'the new certificate is shown',
      async () => {
        await health('/ready');
        return (await serials())[0] !== before[0];
      },
      60,
    );
    expect((await serials())[1]).toBe(before[1]);
    expect(await tokens()).toEqual(['token-2', 'token-1']);
  });
});
