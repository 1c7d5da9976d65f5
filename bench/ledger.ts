import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signerOf, verifyLog } from '../services/ledger';
import { Integrator } from '../services/ledger/integrator';
import { Log } from '../services/ledger/log';
import { databaseSink, migrate, openDatabase, Recorder, written } from '../services/state';
import { decision } from '../test/services/state/example';
import { Postgres } from '../test/system/ledger/postgres';
import { type Row, round, spreadOf } from './measure';
import { probe } from './probe';

const SECONDS = 5;
const ENTRIES = 200_000;

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(sorted.length * q)] ?? Number.NaN;

/** Callers that each wait for their decision to be durable before they make the next. */
async function store(url: string, callers: number, least?: number): Promise<Row[]> {
  const database = await openDatabase(url, 'writer');
  const recorder = new Recorder([databaseSink(database)]);
  const times: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1_000;
  const call = async (): Promise<void> => {
    while (performance.now() < end) {
      const from = performance.now();
      await recorder.record(written(decision()));
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const rate = times.length / ((performance.now() - start) / 1_000);
  await database.close();
  times.sort((a, b) => a - b);
  const name = `durable decisions, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
  return [
    { name, value: round(rate), unit: '1/s', ...(least === undefined ? {} : { least }), held: rate >= (least ?? 0) },
    {
      name: `${name}, p50 and p99`,
      value: round(quantile(times, 0.5)),
      unit: 'ms',
      spread: [round(quantile(times, 0.5)), round(quantile(times, 0.99))],
      held: true,
    },
  ];
}

/** Signs what the store holds, and verifies a log of the usual entries. */
async function log(url: string, folder: string): Promise<Row[]> {
  const signer = signerOf('bench', generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const database = await openDatabase(url, 'reader');
  const integrator = await Integrator.of(database, Log.open(join(folder, 'integrated'), signer));
  const start = performance.now();
  const integrated = await integrator.step();
  const rate = integrated / ((performance.now() - start) / 1_000);
  await database.close();
  const path = join(folder, 'verified');
  const writer = Log.open(path, signer);
  for (let size = 0; size < ENTRIES; size += 10_000)
    writer.extend(Array.from({ length: 10_000 }, () => Buffer.from(written(decision()).text)));
  const runs = Array.from({ length: 5 }, () => {
    const [from, used] = [performance.now(), process.cpuUsage()];
    const { findings, signed } = verifyLog(path, { key: () => signer });
    if (findings.length > 0 || signed !== 'verified') throw new Error('the log of the bench is not sound');
    const { user, system } = process.cpuUsage(used);
    return { wall: ENTRIES / ((performance.now() - from) / 1_000), cpu: ENTRIES / ((user + system) / 1e6) };
  });
  const row = (name: string, rates: readonly number[], least?: number): Row => {
    const { median, min, max } = spreadOf(rates);
    return {
      name,
      value: round(median),
      unit: '1/s',
      spread: [round(min), round(max)],
      ...(least === undefined ? {} : { least }),
      held: median >= (least ?? 0),
    };
  };
  return [
    { name: `entries signed, out of ${integrated} in the store`, value: round(rate), unit: '1/s', held: true },
    row(
      `entries verified, log of ${ENTRIES}`,
      runs.map(({ wall }) => wall),
    ),
    // The goal is about the verifier, not about who else uses the machine meanwhile.
    row(
      'entries verified, per second of one processor',
      runs.map(({ cpu }) => cpu),
      100_000,
    ),
  ];
}

/** The store, with a real PostgreSQL that flushes, beside what the disk alone does; and the log. */
export async function benchLedger(): Promise<Row[]> {
  const postgres = await Postgres.start();
  const folder = mkdtempSync(join(tmpdir(), 'firepit-bench-'));
  try {
    const owner = await openDatabase(postgres.url, 'owner');
    await migrate(owner);
    await owner.close();
    const before = probe(folder);
    const stores: Row[] = [];
    for (const [callers, least] of [[1], [16], [64, 3_000], [256]] as const)
      stores.push(...(await store(postgres.url, callers, least)));
    return [before, ...stores, ...(await log(postgres.url, folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await postgres.stop();
  }
}
