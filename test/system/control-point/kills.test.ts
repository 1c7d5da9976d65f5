import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { entry as entrySchema } from '../../../contract';
import { signerOf, verifyLog } from '../../../services/ledger';
import { Integrator } from '../../../services/ledger/integrator';
import { Log } from '../../../services/ledger/log';
import { openDatabase, readFrom } from '../../../services/state';
import { LONG, random, SEED, shuffled } from '../../support/random';
import { until } from '../envoy/run';
import { Postgres } from '../ledger/postgres';
import { Calls, POINTS, type Point } from './calls';
import { ControlPoint, modelHere } from './control-point';
import { busiest, unrecorded, wrongs } from './kill-history';
import { Relay, Replica } from './replica';
import { Wire } from './wire';

/** Kills of one run; another number by FIREPIT_KILLS. */
const KILLS = Number(process.env.FIREPIT_KILLS ?? (LONG ? 1_000 : 100));
/** What the support desk lets an agent reply before a person is asked: more than these in ten minutes. */
const REPLIES = 5;
const TEN_MINUTES = 600_000;

const VICTIMS = ['governor', 'gateway', 'database'] as const;
type Victim = (typeof VICTIMS)[number];

const point = new ControlPoint();
const folder = mkdtempSync(join(tmpdir(), 'firepit-kills-'));
const happened = new Map<string, number>();
let postgres: Postgres;
let wire: Wire;
let relay: Relay;
let state = '';
let serving: Replica;
let standby: Promise<Replica>;
let calls: Calls;

/** The next kill: where, what, and how often the point passes before. */
let armed: { readonly at: Point; readonly victim: Victim; passes: number } | undefined;
let killing: Promise<unknown> | undefined;
const KILL: Readonly<Record<Victim, () => Promise<unknown>>> = {
  governor: () => serving.kill(),
  gateway: async () => point.world.gateway?.stop(),
  database: () => postgres.kill(),
};
/** Kills, where the next kill is. @returns whether something goes on: it does where the gateway alone is gone */
const reached = (at: Point): boolean => {
  if (armed === undefined || armed.at !== at || armed.passes-- > 0) return true;
  const { victim } = armed;
  armed = undefined;
  const name = `${victim} ${at}`;
  happened.set(name, (happened.get(name) ?? 0) + 1);
  killing = KILL[victim]();
  return victim === 'gateway';
};

const start = async (): Promise<Replica> => (await Replica.start(point, state)).ready();
/** Puts back what was killed: another governor takes over, and a new one stands by. */
const RESTORE: Readonly<Record<Victim, () => Promise<unknown>>> = {
  governor: async () => {
    serving = await standby;
    relay.turn(serving.port);
    standby = start();
    standby.catch(() => undefined);
  },
  gateway: () => point.world.run(),
  database: () => postgres.up(),
};

beforeAll(async () => {
  postgres = await Postgres.start();
  wire = new Wire(postgres.port);
  state = `postgres://owner@127.0.0.1:${await wire.listen()}/postgres`;
  await point.identify();
  serving = await start();
  relay = new Relay(serving.port);
  standby = start();
  await point.world.start({ governor: await relay.listen(), edit: modelHere });
  await standby;
  calls = new Calls(point, wire, reached);
}, 300_000);
afterAll(async () => {
  relay?.close();
  await serving?.kill();
  await standby?.then(
    (replica) => replica.kill(),
    () => undefined,
  );
  await point.stop();
  wire?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test(
  `${KILLS} kills: no call without a decision on record, none recorded or made twice, nothing lost (FIREPIT_SEED=${SEED})`,
  async () => {
    const next = random(SEED);
    const deck = (): (readonly [Point, Victim])[] =>
      shuffled(POINTS, next).flatMap((at) => VICTIMS.map((victim) => [at, victim] as const));
    let plan: (readonly [Point, Victim])[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      if (plan.length === 0) plan = deck();
      const [at, victim] = plan.shift() as readonly [Point, Victim];
      // Who stands by opens the database: it is there before the database goes.
      if (victim === 'database') await standby;
      armed = { at, victim, passes: Math.floor(next() * 3) };
      for (let round = 0; armed !== undefined; round++) {
        if (round === 50) throw new Error(`never ${at}`);
        await Promise.all((['search', 'infer', 'search', 'reply', 'infer'] as const).map((one) => calls.ask(one)));
      }
      await killing;
      await RESTORE[victim]();
      await until(`calls pass after ${victim} was killed ${at}`, async () => (await calls.ask('search')).whole, 120);
    }

    // First what was seen, then the log: what is late is in the log alone.
    const seen = [...calls.seen];
    const reader = await openDatabase(postgres.url, 'reader');
    const log = (await readFrom(reader, 0, 1_000_000)).map(({ text }) => entrySchema.parse(JSON.parse(text)));
    expect(wrongs(seen, log)).toEqual([]);
    // Two plain questions are under way at a time: no kill takes more outcomes than theirs.
    expect(unrecorded(seen, log)).toBeLessThanOrEqual(2 * KILLS);
    expect(busiest(log, 'tickets.reply', TEN_MINUTES)).toBe(REPLIES);
    // Every kind of end was there, so that the lines above mean something.
    expect(happened.size).toBe(Math.min(KILLS, POINTS.length * VICTIMS.length));
    const answered = seen.filter((event) => event.kind === 'answered');
    expect(answered.filter(({ whole }) => whole).length).toBeGreaterThan(KILLS);
    expect(answered.filter(({ whole }) => !whole).length).toBeGreaterThan(KILLS);

    // What is left can be signed, and is what a third party verifies.
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const signer = signerOf('firepit.dev/desk', pem);
    await (await Integrator.of(reader, Log.open(join(folder, 'log'), signer))).step();
    const signed: string[] = [];
    const { findings } = verifyLog(join(folder, 'log'), {
      key: () => signer,
      onEntry: (_, entry) => signed.push(JSON.parse(entry.toString()).id),
    });
    expect(findings).toEqual([]);
    expect(signed).toEqual(log.map(({ id }) => id));
    await reader.close();
  },
  LONG ? 14_400_000 : 1_800_000,
);
