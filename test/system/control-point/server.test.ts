import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MountedCertificates } from '../../../services/governor/server/certificates';
import { type Leaf, Pki } from '../envoy/pki';
import { get, until } from '../envoy/run';
import { ControlPoint } from './control-point';
import { asked, body, Channel, calls, GOVERNOR, headers, kindOf } from './ext-proc';

const point = new ControlPoint();
beforeAll(() => point.serve(), 120_000);
afterAll(() => point.stop());

interface Ended {
  readonly replies: readonly Buffer[];
  readonly code: number;
}

/** Sends messages over one call, ends it or not, and waits for the other side's end. */
const exchange = (
  messages: readonly Buffer[],
  props: {
    readonly identity?: Leaf;
    readonly door?: string | null;
    readonly ends?: boolean;
    /** Sent once there was a first reply. */
    readonly next?: () => Promise<Buffer>;
  } = {},
): Promise<Ended> => {
  const channel = new Channel(point, point.governor?.port ?? 0, props.identity);
  const stream = channel.open(props.door);
  const replies: Buffer[] = [];
  return new Promise((done) => {
    stream.on('data', (reply: Buffer) => {
      if (replies.push(reply) === 1) void props.next?.().then((message) => stream.end(message));
    });
    stream.on('error', () => undefined);
    stream.on('status', ({ code }) => {
      channel.close();
      done({ replies, code });
    });
    for (const message of messages) stream.write(message);
    if (props.ends !== false) stream.end();
  });
};

test('a request passes as far as it was told of, and an end in the middle is no leave', async () => {
  point.memory.decisions.length = 0;
  const { replies, code } = await exchange([asked(point), calls('search')]);
  expect(replies.map(kindOf)).toEqual([1, 3]);
  expect(code).toBe(status.ABORTED);
  expect(point.memory.decisions).toMatchObject([{ effect: 'allow' }]);
  await until('what was never answered is on record', () => point.memory.outcomes.length > 0);
  expect(point.memory.outcomes.at(-1)).toMatchObject({ phase: 'error', status: 0 });
});

describe('only the gateway is answered, at its doors', () => {
  test.each<[string, () => Parameters<typeof exchange>[1]]>([
    ['a certificate of another part', () => ({ identity: point.world.identities.triage as Leaf })],
    [
      'one of another authority',
      () => ({ identity: new Pki(join(point.world.root, 'other')).leaf('gateway.desk-control.svc') }),
    ],
    ['no TLS', () => ({ identity: { cert: '', key: '', ca: '' } })],
    ['no door', () => ({ door: null })],
    ['an unknown door', () => ({ door: 'side' })],
  ])('%s', async (_what, props) => {
    const given = props() ?? {};
    if (given.identity?.ca === '') {
      const socket = connect(point.governor?.port ?? 0, '127.0.0.1');
      const bytes: Buffer[] = [];
      socket.on('data', (chunk) => void bytes.push(chunk)).on('error', () => undefined);
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      await new Promise((done) => socket.on('close', done));
      expect(Buffer.concat(bytes).includes('grpc')).toBe(false);
      return;
    }
    const { replies, code } = await exchange([asked(point), calls('search')], given);
    expect(replies).toEqual([]);
    expect([status.PERMISSION_DENIED, status.UNAVAILABLE]).toContain(code);
  });
});

describe('what no Envoy sends ends the call as failed, and nothing is let through by it', () => {
  test.each<[string, () => readonly Buffer[]]>([
    ['noise', () => [Buffer.alloc(64, 0xff)]],
    ['an empty message', () => [Buffer.alloc(0)]],
    ['a body first', () => [calls('search')]],
    ['an answer first', () => [headers(3, { ':status': '200' })]],
    ['headers twice', () => [asked(point), asked(point)]],
    ['a body twice', () => [asked(point), calls('search'), calls('search')]],
    ['headers without a path', () => [headers(2, { ':method': 'GET' }, true)]],
    ['an answer that is no answer', () => [asked(point), calls('search'), headers(3, { server: 'x' })]],
    ['more than the limit', () => [asked(point), body(Buffer.alloc(3 * 1024 * 1024))]],
    [
      'headers without an end',
      () => [headers(2, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`h${i}`, 'v'])))],
    ],
  ])('%s', async (_what, messages) => {
    point.memory.decisions.length = 0;
    const { replies, code } = await exchange(messages(), { ends: false });
    expect(code).not.toBe(status.OK);
    const judged = replies.filter((reply) => kindOf(reply) === 3).length;
    expect(judged).toBe(point.memory.decisions.filter(({ effect }) => effect === 'allow').length);
  });
});

test('a rotated certificate is shown without a restart, and half of a rotation changes nothing', async () => {
  const shown = (): Promise<string> =>
    new Promise((done) => {
      const { cert, key, ca } = point.world.identities.gateway as Leaf;
      const socket = tlsConnect({
        port: point.governor?.port ?? 0,
        host: '127.0.0.1',
        servername: GOVERNOR,
        cert,
        key,
        ca,
        ALPNProtocols: ['h2'],
      });
      socket.on('secureConnect', () => {
        done(socket.getPeerX509Certificate()?.serialNumber ?? '');
        socket.destroy();
      });
      socket.on('error', () => done(''));
    });
  const before = await shown();
  expect(before).not.toBe('');
  const old = point.world.identities.governor as Leaf;
  const fresh = point.world.pki.leaf(GOVERNOR);
  const told: unknown[] = [];
  const mounted = new MountedCertificates(point.configured?.tls as never, (files) => void told.push(files));
  point.mount({ ...old, cert: fresh.cert });
  mounted.refresh();
  expect(told).toEqual([]);
  point.mount(fresh);
  await until('the new one is shown', async () => ![before, ''].includes(await shown()), 30);
  mounted.close();
}, 60_000);

test('a governor that ends is not ready, and what is under way ends first', async () => {
  const health = point.configured?.listen.health ?? 0;
  expect([await get(health, '/ready'), await get(health, '/live')]).toEqual([200, 200]);
  point.memory.decisions.length = 0;
  let stopped: Promise<void> | undefined;
  const { replies, code } = await exchange([asked(point), calls('search')], {
    ends: false,
    next: async () => {
      stopped = point.governor?.stop();
      await until('it is not ready', async () => (await get(health, '/ready')) === 503);
      return headers(3, { ':status': '202' }, true);
    },
  });
  expect(replies.map(kindOf)).toEqual([1, 3, 2]);
  expect(code).toBe(status.OK);
  expect(point.memory.decisions).toMatchObject([{ effect: 'allow' }]);
  await stopped;
  expect(await get(health, '/live')).toBe(0);
  expect((await exchange([asked(point), calls('search')])).replies).toEqual([]);
}, 60_000);
