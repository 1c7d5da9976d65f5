import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { images } from '../../../image/build';
import { contextOf } from '../../../lib/context';
import { ledgerConfigOf } from '../../../lib/ledger';
import { files } from '../../services/governor/support/environment';
import { desk } from '../../support/desk';
import { Pki } from '../envoy/pki';
import { freePorts, mountFiles, until } from '../envoy/run';
import { Postgres } from '../ledger/postgres';
import { Container, type Mount, UID } from './container';
import { Unpacked } from './unpacked';

const TLS = '/etc/firepit/tls';
const API_SERVER = '/var/run/firepit/api-server';
const work = mkdtempSync(join(tmpdir(), 'firepit-run-image-'));
const places = join(work, 'places');
const data = join(work, 'data');
const running: Container[] = [];

let governor: Unpacked;
let ledger: Unpacked;
let postgres: Postgres;
let keys: Server;
let health = 0;

const MOUNTS: readonly Mount[] = [
  { from: join(places, 'etc/firepit'), to: '/etc/firepit' },
  { from: join(places, 'var/run/firepit'), to: '/var/run/firepit' },
  { from: '/etc/hosts', to: '/etc/hosts' },
];
const LEDGER_MOUNTS: readonly Mount[] = [...MOUNTS, { from: data, to: '/var/lib/firepit/ledger', writable: true }];

/** Every file of an image, with what is in it. */
const contentOf = (image: Unpacked): Map<string, string> =>
  new Map(
    image
      .entries()
      .filter((path) => lstatSync(join(image.root, path)).isFile())
      .map((path) => [path, createHash('sha256').update(image.bytes(path)).digest('hex')]),
  );

/** Status and text of a page of the service's health port; 0 where nobody answers. */
const page = async (path: string): Promise<readonly [status: number, text: string]> => {
  try {
    const response = await fetch(`http://127.0.0.1:${health}${path}`, { signal: AbortSignal.timeout(5000) });
    return [response.status, await response.text()];
  } catch {
    return [0, ''];
  }
};
const ready = async (container: Container): Promise<void> =>
  until(
    'it is ready',
    async () => {
      if (container.ended) throw new Error(`it ended: ${container.output}`);
      return (await page('/ready'))[0] === 200;
    },
    120,
  );

const mounted = (file: string, text: string): void => {
  const cut = file.lastIndexOf('/');
  mountFiles(places, file.slice(0, cut), { [file.slice(cut + 1)]: text });
};

const start = async (image: Unpacked, service: string, mounts: readonly Mount[]): Promise<Container> => {
  const folder = join(work, `${service}-${running.length}`);
  const container = await Container.run(folder, image, [`--config=/etc/firepit/config/${service}.json`], mounts);
  running.push(container);
  return container;
};

/** Mounts that a process could write to, but for those that are its view of itself. */
const writableOf = ({ pid }: Container): string[] =>
  readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .filter((fields) => (fields[5] ?? '').split(',').includes('rw') && fields[4] !== '/proc')
    .map((fields) => fields[4] ?? '');

const statusOf = ({ pid }: Container, field: string): string =>
  readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s*(.*)$`, 'm'))?.[1] ?? '';

/** What the manifests promise of every service's process. */
const expectConfined = (container: Container): void => {
  expect(statusOf(container, 'Uid').split('\t')).toEqual(Array(4).fill(`${UID}`));
  expect(statusOf(container, 'NoNewPrivs')).toBe('1');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(statusOf(container, set)).toBe('0000000000000000');
};

beforeAll(async () => {
  const built = await images();
  governor = new Unpacked(built.governor, join(work, 'governor'));
  ledger = new Unpacked(built.ledger, join(work, 'ledger'));
  postgres = await Postgres.start();
  const pki = new Pki(join(work, 'pki'));
  const server = pki.leaf('localhost');
  keys = createServer({ key: server.key, cert: server.cert }, (_, response) => response.end('{"keys":[]}'));
  await new Promise<void>((done) => keys.listen(0, '127.0.0.1', done));
  const ports = (await freePorts(4)) as [number, number, number, number];
  health = ports[0];
  const own = pki.leaf('governor.desk-control.svc', 'ledger.desk-control.svc');
  mountFiles(places, TLS, { 'tls.crt': own.cert, 'tls.key': own.key, 'ca.crt': own.ca });
  mountFiles(places, API_SERVER, { token: 'reader', 'ca.crt': pki.ca });
  const state = { host: '127.0.0.1', port: postgres.port, database: 'postgres', user: 'owner' };

  const { file, text } = files(places);
  const config = JSON.parse(text);
  config.listen = { health, metrics: ports[1], decide: ports[2] };
  config.token.jwks = `https://localhost:${(keys.address() as AddressInfo).port}/openid/v1/jwks`;
  Object.assign(config.state, state);
  writeFileSync(file, JSON.stringify(config));

  const log = ledgerConfigOf(contextOf(desk({ name: 'desk' })));
  log.listen = { health, metrics: ports[1], back: ports[3] };
  Object.assign(log.state, state);
  mounted('/etc/firepit/config/ledger.json', JSON.stringify(log));
  mounted(log.signingKey, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  mounted(log.state.passwordFile as string, 'unused');
  mounted(log.state.ca as string, readFileSync(postgres.ca, 'utf8'));
  mkdirSync(data);
  chownSync(data, UID, UID);
}, 600_000);

afterEach(async () => {
  for (const container of running) await container.end();
});
afterAll(async () => {
  keys?.close();
  await postgres?.stop();
  rmSync(work, { recursive: true, force: true });
});

test('the governor gets ready as an ordinary user with nothing to write to, and ends when told to', async () => {
  const before = contentOf(governor);
  const container = await start(governor, 'governor', MOUNTS);
  await ready(container);
  expectConfined(container);
  expect(writableOf(container)).toEqual([]);
  container.kill('SIGTERM');
  expect(await container.exited).toBe(0);
  expect(container.output).not.toMatch(/\n\s+at /);
  // The container runtime makes places to mount on; nothing that the image brought differs.
  const after = contentOf(governor);
  for (const [path, digest] of before) expect([path, after.get(path)]).toEqual([path, digest]);
}, 300_000);

test('a governor with a bad configuration stays, is not ready, and says why', async () => {
  const file = join(places, 'etc/firepit/config/governor.json');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(good), environment: 7 }));
  try {
    const container = await start(governor, 'governor', MOUNTS);
    await until('it answers', async () => (await page('/live'))[0] === 200, 120);
    expect(await page('/ready')).toEqual([503, expect.stringContaining('environment: found 7; expected:')]);
    expect(container.ended).toBe(false);
  } finally {
    writeFileSync(file, good);
  }
}, 300_000);

test('the ledger gets ready, and writes to its volume alone', async () => {
  const container = await start(ledger, 'ledger', LEDGER_MOUNTS);
  await ready(container);
  expectConfined(container);
  expect(writableOf(container)).toEqual(['/var/lib/firepit/ledger']);
  await until('it signs its log', () => readdirSync(data).includes('checkpoint'), 120);
  container.kill('SIGTERM');
  expect(await container.exited).toBe(0);
}, 300_000);

test('a ledger without its volume never gets ready: there is nowhere else to write', async () => {
  const container = await start(ledger, 'ledger', MOUNTS);
  await until(
    'it ends, or says why it is not ready',
    async () => container.ended || (await page('/ready'))[0] === 503,
    120,
  );
  expect(await page('/ready')).not.toEqual([200, expect.anything()]);
  expect([...contentOf(ledger).keys()].filter((path) => path.startsWith('/var/lib'))).toEqual([]);
}, 300_000);
