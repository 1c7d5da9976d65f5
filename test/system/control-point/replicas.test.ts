import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../envoy/run';
import { Postgres } from '../ledger/postgres';
import { ControlPoint } from './control-point';
import { asked, Channel, calls, kindOf } from './ext-proc';
import { Replica } from './replica';

/** Replies that a person need not be asked for: at most these in ten minutes. */
const REPLIES = 5;
const point = new ControlPoint();
let postgres: Postgres;
let replicas: Replica[] = [];
let channels: Channel[] = [];

beforeAll(async () => {
  postgres = await Postgres.start();
  await point.identify();
  // One migrates, the other finds it done; both at once is the test of the store.
  for (let i = 0; i < 2; i++) replicas = [...replicas, await (await Replica.start(point, postgres.url)).ready()];
  channels = replicas.map(({ port }) => new Channel(point, port));
}, 300_000);
afterAll(async () => {
  for (const channel of channels) channel.close();
  for (const replica of replicas) await replica.kill();
  await point.stop();
  await postgres?.stop();
});

/** One reply to a customer. @returns what was said, 3: it goes on; and what ends the exchange */
const reply = (i: number): Promise<readonly [said: number, end: () => void]> =>
  new Promise((done, failed) => {
    const stream = (channels[i % 2] as Channel).open('back', 120);
    stream.on('error', failed);
    stream.on('data', (answer: Buffer) => {
      // A yes is said of the headers too, a no is all that is said.
      const said = kindOf(answer);
      if (said !== 1) done([said, () => stream.end()]);
    });
    stream.write(asked(point));
    stream.write(calls('reply', { ticket: 'T-1', body: String(i) }));
  });
const allowed = (): number =>
  Number(
    postgres.sql(`select count(*) from firepit.entries where kind = 'decision' and entry like '%"effect":"allow"%'`),
  );

test('two governors that are asked at once let no more through than one', async () => {
  // All stay open until all are judged: what comes out of a call would move the sequence as well.
  const all = await Promise.all(Array.from({ length: 24 }, (_, i) => reply(i)));
  const passed = all.filter(([said]) => said === 3).length;
  expect(passed).toBeLessThanOrEqual(REPLIES);
  expect(allowed()).toBeGreaterThanOrEqual(passed);
  expect(allowed()).toBeLessThanOrEqual(REPLIES);
  for (const [, end] of all) end();
  // On a machine that is too busy some are refused for want of time: one after the other they pass, and no more.
  let more = 0;
  await until(
    'a person must be asked',
    async () => {
      const [said, end] = await reply(more++);
      end();
      return said === 7 && allowed() === REPLIES;
    },
    120,
  );
  const recorders = `select count(distinct entry::json->'recorder'->>'replica') from firepit.entries where kind = 'decision'`;
  expect(postgres.sql(recorders)).toBe('2');
}, 240_000);
