import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signerOf, verifyLog } from '../../../services/ledger';
import { Integrator } from '../../../services/ledger/integrator';
import { Log } from '../../../services/ledger/log';
import { databaseSink, migrate, openDatabase, Recorder, Spool, written } from '../../../services/state';
import { decision } from '../../services/state/example';
import { LONG, random, SEED } from '../../support/random';
import { Postgres } from './postgres';

/** Kills of one run; another number by FIREPIT_KILLS. */
const KILLS = Number(process.env.FIREPIT_KILLS ?? (LONG ? 50 : 5));

describe('the ledger', () => {
  let postgres: Postgres;
  let folder: string;
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const signer = signerOf('firepit.dev/desk', pem);

  beforeEach(async () => {
    postgres = await Postgres.start();
    folder = mkdtempSync(join(tmpdir(), 'firepit-ledger-'));
    const owner = await openDatabase(postgres.url, 'owner');
    await migrate(owner);
    await owner.close();
  });
  afterEach(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A process that records and signs, killed after it acknowledged so many entries. */
  const killedAfter = (log: string, count: number): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const key = join(folder, 'key');
      writeFileSync(key, pem);
      const tsx = require.resolve('tsx/cli');
      const victim = spawn(process.execPath, [tsx, join(__dirname, 'victim.ts'), postgres.url, key, log], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      let errors = '';
      victim.stdout.on('data', (chunk) => {
        said += chunk;
        // tsx runs the victim as its child: the whole group goes.
        if (said.split('\n').length > count && victim.pid !== undefined) process.kill(-victim.pid, 'SIGKILL');
      });
      victim.stderr.on('data', (chunk) => {
        errors += chunk;
      });
      victim.on('error', reject);
      victim.on('close', () => {
        if (errors !== '') reject(new Error(errors));
        else resolve(said.split('\n').slice(0, -1));
      });
    });

  test(`signs every acknowledged entry once, whenever its process was killed (FIREPIT_SEED=${SEED})`, async () => {
    const log = join(folder, 'log');
    const next = random(SEED);
    const acknowledged: string[] = [];
    let since: string | undefined;
    for (let kill = 0; kill < KILLS; kill++) {
      acknowledged.push(...(await killedAfter(log, 1 + Math.floor(next() * 600))));
      // What a kill leaves is sound as it stands, and goes on from every checkpoint before it.
      const { findings } = verifyLog(log, { key: () => signer, ...(since === undefined ? {} : { since }) });
      expect(findings).toEqual([]);
      since = readFileSync(join(log, 'checkpoint'), 'utf8');
    }
    const reader = await openDatabase(postgres.url, 'reader');
    await (await Integrator.of(reader, Log.open(log, signer))).step();
    await reader.close();
    const signed: string[] = [];
    const { findings } = verifyLog(log, {
      key: () => signer,
      ...(since === undefined ? {} : { since }),
      onEntry: (_, entry) => signed.push(JSON.parse(entry.toString()).id),
    });
    expect(findings).toEqual([]);
    expect(new Set(signed).size).toBe(signed.length);
    const has = new Set(signed);
    expect(acknowledged.filter((id) => !has.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
  }, 600_000);

  test('records in the spool while the database is away, and nowhere without one', async () => {
    const database = await openDatabase(postgres.url, 'writer');
    const spool = await Spool.open(join(folder, 'spool'));
    const both = new Recorder([databaseSink(database), spool]);
    const alone = new Recorder([databaseSink(database)]);
    const entries = Array.from({ length: 3 }, () => written(decision()));
    expect(await both.record(entries[0]!)).toBe('database');
    await postgres.kill();
    expect(await both.record(entries[1]!)).toBe('spool');
    await expect(alone.record(entries[2]!)).rejects.toThrow(/^the entry was not recorded: database: /);
    await postgres.up();
    expect(await spool.drain(database, () => {})).toBe(1);
    const log = Log.open(join(folder, 'log'), signer);
    expect(await (await Integrator.of(database, log)).step()).toBe(2);
    const signed: string[] = [];
    verifyLog(join(folder, 'log'), { onEntry: (_, entry) => signed.push(entry.toString()) });
    expect(signed).toEqual(entries.slice(0, 2).map(({ text }) => text));
    await spool.close();
    await database.close();
  });

  test('does not go on with a database that says something else than what was signed', async () => {
    const database = await openDatabase(postgres.url, 'writer');
    const recorder = new Recorder([databaseSink(database)]);
    for (let i = 0; i < 10; i++) await recorder.record(written(decision()));
    const path = join(folder, 'log');
    await (await Integrator.of(database, Log.open(path, signer))).step();
    const administrator = (sql: string): string =>
      postgres.sql(
        `alter table firepit.entries disable trigger all; ${sql}; alter table firepit.entries enable trigger all`,
      );
    const again = () => Integrator.of(database, Log.open(path, signer));
    await again();
    administrator(`update firepit.entries set entry = replace(entry, 'triage', 'intake') where index = 4`);
    await expect(again()).rejects.toThrow('entry 4 is another one in the database than in the log');
    administrator('delete from firepit.entries where index = 9; update firepit.log set size = 9');
    await expect(again()).rejects.toThrow('10 entries signed, 9 in the database');
    await database.close();
  });

  test('does not sign past an entry that was removed', async () => {
    const database = await openDatabase(postgres.url, 'writer');
    const recorder = new Recorder([databaseSink(database)]);
    for (let i = 0; i < 5; i++) await recorder.record(written(decision()));
    postgres.sql('alter table firepit.entries disable trigger all; delete from firepit.entries where index = 2');
    const log = Log.open(join(folder, 'log'), signer);
    await expect((await Integrator.of(database, log)).step()).rejects.toThrow('no entry 2 in the database');
    expect(log.size).toBe(0);
    await database.close();
  });
});
