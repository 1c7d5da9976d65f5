import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { entry as entrySchema } from '../../../contract';
import { openDatabase, readFrom } from '../../../services/state';
import { until } from '../envoy/run';
import { Postgres } from '../ledger/postgres';
import { Calls, type Point } from './calls';
import { ControlPoint, modelHere } from './control-point';
import { wrongs } from './kill-history';
import { Replica } from './replica';
import { Wire } from './wire';

const HOUR = 3_600_000;
const TEN_YEARS = 10 * 365 * 24 * HOUR;
/** Of tmpfs: a database without content, and little more. */
const DISK_MEBIBYTES = 96;

const point = new ControlPoint();
const root = process.getuid?.() === 0;
const disk = mkdtempSync(join(tmpdir(), 'firepit-disk-'));
let postgres: Postgres;
let wire: Wire;
let governor: Replica;
let calls: Calls;
let at: (point: Point) => boolean | Promise<boolean> = () => true;

beforeAll(async () => {
  if (root) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEBIBYTES}m`, 'tmpfs', disk]);
  chmodSync(disk, 0o755);
  postgres = await Postgres.start({}, disk);
  wire = new Wire(postgres.port);
  const state = `postgres://owner@127.0.0.1:${await wire.listen()}/postgres`;
  await point.identify();
  governor = await (await Replica.start(point, state)).ready();
  await point.world.start({ governor: governor.port, edit: modelHere });
  calls = new Calls(point, wire, (where) => at(where));
}, 300_000);
afterAll(async () => {
  await governor?.kill();
  await point.stop();
  wire?.close();
  await postgres?.stop();
  if (root) execFileSync('umount', ['-l', disk]);
  rmdirSync(disk);
});

const passes = (): Promise<void> => until('calls pass', async () => (await calls.ask('search')).whole, 120);
afterEach(async () => {
  await passes();
  // First what was seen, then the log: what is late is in the log alone.
  const seen = [...calls.seen];
  const reader = await openDatabase(postgres.url, 'reader');
  const log = (await readFrom(reader, 0, 100_000)).map(({ text }) => entrySchema.parse(JSON.parse(text)));
  await reader.close();
  expect(wrongs(seen, log)).toEqual([]);
}, 180_000);

/** Asks each kind of call. @returns that nothing was let through and nobody told otherwise */
async function refused(): Promise<void> {
  const before = calls.reached;
  const answers = await Promise.all([calls.ask('search'), calls.ask('reply'), calls.ask('infer')]);
  expect(answers.map(({ whole }) => whole)).toEqual([false, false, false]);
  expect(calls.reached).toBe(before);
}

describe('a database that says nothing', () => {
  test.each<[string, (wait: Promise<void>) => void]>([
    [
      'to any question',
      (wait) => {
        wire.held = wait;
      },
    ],
    [
      'when it is to write a decision',
      (wait) => {
        at = (where) => (where === 'before a decision leaves the governor' ? wait.then(() => true) : true);
      },
    ],
  ])(
    '%s: nothing passes, and nobody waits for ever',
    async (_what, hold) => {
      let release: () => void = () => undefined;
      hold(
        new Promise<void>((done) => {
          release = done;
        }),
      );
      try {
        await refused();
      } finally {
        wire.held = undefined;
        at = () => true;
        release();
      }
    },
    120_000,
  );

  test('when it is to write an outcome: the answer does not pass', async () => {
    let release: () => void = () => undefined;
    const wait = new Promise<boolean>((done) => {
      release = () => done(true);
    });
    at = (where) => (where === 'before an outcome leaves the governor' ? wait : true);
    try {
      const answer = await calls.ask('search');
      expect([answer.whole, answer.body.includes('answer ')]).toEqual([false, false]);
    } finally {
      at = () => true;
      release();
    }
  }, 120_000);
});

test('a database that is away: nothing passes, and when it is back calls do', async () => {
  await postgres.kill();
  await refused();
  await postgres.up();
}, 120_000);

(root ? test : test.skip)(
  `a disk that is full${root ? '' : ' (left out: only root makes a small one)'}: nothing passes, and when there is room calls do`,
  async () => {
    const ballast = join(disk, 'ballast');
    const file = openSync(ballast, 'w');
    try {
      for (const piece of [Buffer.alloc(1024 * 1024), Buffer.alloc(4096)])
        expect(() => {
          for (;;) writeSync(file, piece);
        }).toThrow('ENOSPC');
      // Until the last page that it has is full.
      await until('it is refused', async () => !(await calls.ask('search')).whole, 120);
      await refused();
    } finally {
      closeSync(file);
      rmSync(ballast);
    }
    // It may give up altogether, as it does when it cannot extend its own log.
    await until(
      'calls pass',
      async () => {
        if (!postgres.running) await postgres.up();
        return (await calls.ask('search')).whole;
      },
      120,
    );
  },
  240_000,
);

describe('a clock that jumps', () => {
  afterEach(() => governor.turnClock(0));
  /** What is recorded has the time of whoever records it. */
  const turned = (by: number): Promise<void> => {
    governor.turnClock(by);
    return until(
      'the clock was turned',
      async () => {
        await calls.ask('search');
        const [entry] = calls.seen.flatMap((event) => (event.kind === 'kept' ? [event.entry] : [])).slice(-1);
        return Math.abs(Date.parse(entry?.time ?? '') - Date.now() - by) < HOUR / 2;
      },
      60,
    );
  };

  test.each([2 * HOUR, TEN_YEARS])('forward by %d ms: who called is nobody any more', async (by) => {
    await turned(by);
    const before = calls.reached;
    expect((await calls.ask('search')).status).toBe(401);
    expect(calls.reached).toBe(before);
  });

  test('back by an hour: what was counted still counts', async () => {
    await until('a person must be asked', async () => !(await calls.ask('reply')).whole, 60);
    await turned(-HOUR);
    const before = calls.reached;
    const answer = await calls.ask('reply');
    expect(answer.body).toContain('needs-approval');
    expect(calls.reached).toBe(before);
  });
});
