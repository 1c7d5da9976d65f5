import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { contextOf } from '../../../lib/context';
import { ledgerConfigOf } from '../../../lib/ledger';
import { signerOf, verifyLog } from '../../../services/ledger';
import { append, migrate, openDatabase, written } from '../../../services/state';
import { decision } from '../../services/state/example';
import { desk } from '../../support/desk';
import { EXPOSED, exposed } from '../../support/exposed';
import { Receiver } from '../control-point/otlp';
import { Pki } from '../envoy/pki';
import { freePorts, until } from '../envoy/run';
import { Postgres } from './postgres';

const ROOT = join(__dirname, '../../..');
const ORIGIN = 'firepit.dev/desk';
const PEM = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

interface Said {
  readonly status: number;
  readonly body: string;
}
const NOBODY: Said = { status: 0, body: '' };

/** The ledger as its pod runs it, with the mounted files of a folder. */
describe('the ledger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firepit-ledger-'));
  const log = join(folder, 'var/lib/firepit/ledger');
  const pki = new Pki(join(folder, 'pki'));
  const [reader, stranger, own] = ['approvals.desk-control.svc', 'triage.desk.svc', 'ledger.desk-control.svc'].map(
    (name) => pki.leaf(name),
  ) as [ReturnType<Pki['leaf']>, ReturnType<Pki['leaf']>, ReturnType<Pki['leaf']>];
  const collector = new Receiver();
  /** What callers and policies say in entries: the collector has no need of it. */
  const REASON = 'canary-of-an-entry';
  let postgres: Postgres;
  let ledger: ChildProcess | undefined;
  let out = '';
  let [back, health, metrics]: number[] = [];

  const start = (): void => {
    out = '';
    const args = [
      '--require',
      'tsx/cjs',
      join(ROOT, 'services/ledger/main.ts'),
      `--config=${join(folder, 'ledger.json')}`,
      `--root=${folder}`,
    ];
    ledger = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    ledger.stdout?.on('data', (chunk) => {
      out += chunk;
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const process = ledger;
    ledger = undefined;
    if (process === undefined) return null;
    const ended = new Promise<number | null>((resolve) => process.once('exit', resolve));
    process.kill(signal);
    return ended;
  };
  const said = (request: ClientRequest): Promise<Said> =>
    new Promise((resolve) => {
      request.on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.on('error', () => resolve(NOBODY));
      request.end();
    });
  const plain = (port: number | undefined, path: string): Promise<Said> =>
    said(httpRequest({ host: '127.0.0.1', port, path }));
  const read = (path: string, identity?: { readonly cert: string; readonly key: string }): Promise<Said> => {
    const tls = { ca: pki.ca, servername: 'ledger.desk-control.svc', ...identity };
    return said(httpsRequest({ host: '127.0.0.1', port: back, path, agent: false, ...tls }));
  };
  const ready = (): Promise<Said> => plain(health, '/ready');
  const entries = async (count: number): Promise<void> => {
    const writer = await openDatabase(postgres.url, 'writer');
    await append(
      writer,
      Array.from({ length: count }, () => {
        const { why, ...rest } = decision();
        return written({ ...rest, why: { ...why, reason: REASON } });
      }),
    );
    await writer.close();
  };
  const signed = async (size: number): Promise<void> =>
    until(
      `${size} entries are signed`,
      async () => (await read('/checkpoint', reader)).body.split('\n')[1] === `${size}`,
    );

  beforeAll(async () => {
    postgres = await Postgres.start();
    const owner = await openDatabase(postgres.url, 'owner');
    await migrate(owner);
    await owner.close();
    [back, health, metrics] = await freePorts(3);
    mkdirSync(log, { recursive: true });
    /** As the pod has it. */
    const mounted = (name: string, text: string): void => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    };
    const config = ledgerConfigOf(contextOf(desk({ name: 'desk' })));
    config.listen = { back, health: health as number, metrics: metrics as number };
    Object.assign(config.state, { host: '127.0.0.1', port: postgres.port, database: 'postgres', user: 'owner' });
    config.telemetry.endpoint = { host: 'localhost', port: await collector.start(pki.leaf('localhost')) };
    config.telemetry.ca = '/etc/firepit/telemetry/ca.crt';
    mounted(config.telemetry.ca, pki.ca);
    writeFileSync(join(folder, 'ledger.json'), JSON.stringify(config));
    mounted(config.tls.certificate, own.cert);
    mounted(config.tls.key, own.key);
    mounted(config.tls.ca, pki.ca);
    mounted(config.signingKey, PEM);
    mounted(config.state.passwordFile as string, 'unused');
    mounted(config.state.ca as string, readFileSync(postgres.ca, 'utf8'));
    start();
  }, 60_000);
  afterAll(async () => {
    await end('SIGKILL');
    await postgres?.stop();
    collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('signs what is durable, and serves it to whoever may read', async () => {
    await until('it is ready', async () => (await ready()).status === 200);
    await entries(300);
    await signed(300);
    expect((await read('/tile/entries/000', reader)).status).toBe(200);
    const { body } = await plain(metrics, '/metrics');
    expect(body).toMatch(/^firepit_ledger_entries 300$/m);
    expect(exposed(body)).toEqual([...EXPOSED.ledger].sort());
    expect(verifyLog(log, { key: () => signerOf(ORIGIN, PEM) })).toMatchObject({
      findings: [],
      signed: 'verified',
      checkpoint: { size: 300 },
    });
  });

  test('tells the collector of what it signed, and of nothing that entries say', async () => {
    const counted = (): number =>
      collector.spans.reduce((sum, { attributes }) => sum + Number(attributes['firepit.ledger.signed'] ?? 0), 0);
    await until('every entry is told of', () => counted() === 300, 60);
    const { name, resource, attributes, status } = collector.spans.at(-1) as (typeof collector.spans)[number];
    expect({ name, resource, attributes, status }).toMatchObject({
      name: 'ledger.sign',
      resource: { 'service.name': 'firepit-ledger', 'deployment.environment.name': 'desk' },
      attributes: { 'firepit.ledger.size': 300 },
      status: { code: 0 },
    });
    expect((await read('/tile/entries/000', reader)).body).toContain(REASON);
    const told = [out, (await plain(metrics, '/metrics')).body, Buffer.concat(collector.bytes).toString('latin1')];
    for (const what of told) expect(what).not.toMatch(new RegExp(`${REASON}|login\\.example\\.com`));
  });

  test('others are told nothing', async () => {
    expect(await read('/checkpoint', stranger)).toEqual({
      status: 403,
      body: 'this certificate may not read the log\n',
    });
    expect(await read('/checkpoint')).toEqual(NOBODY);
  });

  test('without the database it says why, and goes on when it is back', async () => {
    await postgres.kill();
    await until('it is not ready', async () => (await ready()).status === 503);
    await until('the collector is told', () => collector.spans.some(({ status }) => status.code === 2), 60);
    await postgres.up();
    await until('it is ready', async () => (await ready()).status === 200);
    await entries(1);
    await signed(301);
  });

  test('it ends with everything signed, and starts again where it was', async () => {
    await entries(5);
    expect(await end('SIGTERM')).toBe(0);
    expect(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1]).toBe('306');
    start();
    await until('it is ready', async () => (await ready()).status === 200);
  });

  test('a log that was changed meanwhile is not signed again', async () => {
    await end('SIGKILL');
    const bundles = join(log, 'tile/entries/001.p');
    for (const name of readdirSync(bundles)) {
      const bytes = readFileSync(join(bundles, name));
      bytes.write('X', 40);
      writeFileSync(join(bundles, name), bytes);
    }
    start();
    await until('it is not ready', async () =>
      (await ready()).body.includes('is another one in the database than in the log'),
    );
    await entries(1);
    await until('it has told why', () => out.includes('firepit audit verify'));
    expect(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1]).toBe('306');
  });

  test('with a configuration that is none it stays, is never ready and says why', async () => {
    await end('SIGKILL');
    writeFileSync(join(folder, 'ledger.json'), JSON.stringify({ version: 2, listen: { health } }));
    start();
    await until('it says why', async () => (await ready()).body.includes('version: found 2; expected: 1'));
    expect((await ready()).status).toBe(503);
    expect((await plain(health, '/live')).status).toBe(200);
    expect(await read('/checkpoint', reader)).toEqual(NOBODY);
    expect(await end('SIGTERM')).toBe(0);
    expect(out).toMatch(/^\{"time":"[^"]+","level":"error","service":"ledger","message":"[^\n]*found 2[^\n]*\}\n$/);
  });
});
