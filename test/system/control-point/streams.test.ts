import { readFileSync } from 'node:fs';
import type { ClientHttp2Session, Http2ServerResponse } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GovernorConfig } from '../../../contract/governor';
import { anthropicTurn } from '../../services/governor/support/streams';
import { fieldsOf, openSession, until } from '../envoy/run';
import { Postgres } from '../ledger/postgres';
import { ControlPoint, modelHere } from './control-point';
import { body, Channel, headers, kindOf } from './ext-proc';
import { Replica } from './replica';

/** What one agent may have under way here. */
const MOST_STREAMS = 1_024;
const STREAMS = 1_000;
const TOO_MANY = 100;
/** Each connection may have so many (`lib/gateway/limits.ts`). */
const PER_CONNECTION = 100;
/** Exchanges that one governor takes, and one connection of a gateway. */
const EXCHANGES = 10_000;
const PER_CHANNEL = 1_000;
/** What one more may cost, in KiB: less than a body that is judged whole, many times. */
const STREAM_KIB = 256;
const EXCHANGE_KIB = 48;

const MODEL = '/models/claude/v1/messages';
const TURN = { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [] };

/** A larger share of the governor for each agent. */
const withShare =
  (agentCalls: number) =>
  (config: GovernorConfig): GovernorConfig => ({ ...config, limits: { ...config.limits, agentCalls } });

const point = new ControlPoint();
let postgres: Postgres;
let governor: Replica;

beforeAll(async () => {
  postgres = await Postgres.start();
  await point.identify();
  governor = await (await Replica.start(point, postgres.url, { config: withShare(MOST_STREAMS) })).ready();
  await point.world.start({ governor: governor.port, edit: modelHere });
}, 300_000);
afterAll(async () => {
  await governor?.kill();
  await point.stop();
  await postgres?.stop();
});

const kibibytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const EVENTS = anthropicTurn({ texts: [['one ', 'two ']] }).split(/(?<=\n\n)/);
const FIRST = EVENTS.slice(0, 3).join('');

/** Answers of a model that go on until the test ends them. */
class Streams {
  readonly statuses: number[] = [];
  readonly texts: string[] = [];
  ended = 0;
  private readonly waiting: Http2ServerResponse[] = [];
  private readonly sessions: ClientHttp2Session[] = [];

  constructor() {
    point.world.upstreams.claude.respond = (_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write(FIRST);
      this.waiting.push(response);
    };
  }

  /** Those of which an event came. */
  get begun(): number {
    return this.texts.filter((text) => text.startsWith('event:')).length;
  }

  get refused(): number {
    return this.statuses.filter((code) => code === 429).length;
  }

  /** Resolves once each of so many more is answered somehow. */
  async open(count: number): Promise<void> {
    const ask = point.world.ask(MODEL, point.asks(MODEL, { ...TURN, stream: true }));
    for (let i = 0; i < count; i++) {
      if (i % PER_CONNECTION === 0) this.sessions.push(openSession(ask));
      const session = this.sessions.at(-1) as ClientHttp2Session;
      const at = this.texts.push('') - 1;
      const stream = session.request(fieldsOf(ask));
      stream.on('response', (headers) => this.statuses.push(Number(headers[':status'])));
      stream.on('data', (chunk) => {
        this.texts[at] += String(chunk);
      });
      stream.on('error', () => undefined).on('close', () => this.ended++);
      stream.end(ask.body);
      // A few at a time: what is measured is what stays open.
      if (i % 50 === 49) await this.answered();
    }
    await this.answered();
  }
  /** Each has begun, or was refused. */
  private answered(): Promise<void> {
    const over = (): number => this.begun + this.refused;
    return until('each is answered', () => over() === this.texts.length, 120);
  }

  async finish(): Promise<void> {
    for (const response of this.waiting) response.end(EVENTS.slice(3).join(''));
    await until('all have ended', () => this.ended === this.texts.length, 120);
    for (const session of this.sessions) session.close();
  }
}

const memory = (): readonly [governor: number, gateway: number] => [
  kibibytes(governor.pid),
  kibibytes(point.world.gateway?.pid ?? 0),
];

test(`${STREAMS} streams that stay open cost little; those that are too many are refused, and the others end well`, async () => {
  const warm = new Streams();
  await warm.open(20);
  await warm.finish();
  const idle = memory();
  const streams = new Streams();
  await streams.open(STREAMS);
  const open = memory();
  expect(streams.statuses.filter((code) => code === 200)).toHaveLength(STREAMS);
  await streams.open(TOO_MANY);
  const { refused } = streams;
  expect(refused).toBe(STREAMS + TOO_MANY - MOST_STREAMS);
  await streams.finish();
  const whole = streams.texts.filter((text) => text.includes('message_stop')).length;
  expect([whole >= STREAMS, whole + refused]).toEqual([true, STREAMS + TOO_MANY]);
  for (const [i, most] of open.entries()) expect((most - (idle[i] as number)) / STREAMS).toBeLessThan(STREAM_KIB);
}, 600_000);

test(`${EXCHANGES} exchanges that wait for an answer cost little, and one more is refused`, async () => {
  const other = await (await Replica.start(point, postgres.url, { config: withShare(2 * EXCHANGES) })).ready();
  const idle = kibibytes(other.pid);
  const channels = Array.from({ length: EXCHANGES / PER_CHANNEL + 1 }, () => new Channel(point, other.port));
  let answered = 0;
  const one = (i: number) => {
    const stream = (channels[Math.floor(i / PER_CHANNEL)] as Channel).open('back', 900);
    stream.on('error', () => undefined);
    stream.on('data', (reply: Buffer) => {
      if (kindOf(reply) === 3) answered++;
    });
    const json = { ':method': 'POST', ':path': MODEL, 'content-type': 'application/json' };
    stream.write(headers(2, { ...json, ...point.headers('triage') }));
    stream.write(body(Buffer.from(JSON.stringify(TURN))));
    return stream;
  };
  for (let i = 0; i < EXCHANGES; i++) {
    one(i);
    if (i % 200 === 199) await until('they are taken', () => answered === i + 1, 120);
  }
  expect((kibibytes(other.pid) - idle) / EXCHANGES).toBeLessThan(EXCHANGE_KIB);
  const code = await new Promise<number>((done) => one(EXCHANGES).on('status', (end) => done(end.code)));
  expect(code).toBe(status.RESOURCE_EXHAUSTED);
  for (const channel of channels) channel.close();
  await other.kill();
}, 900_000);
