import { jest } from '@jest/globals';
import type { Pending } from '../../../../services/governor/context';
import { Governor } from '../../../../services/governor/decide';
import type { Denial } from '../../../../services/governor/denial';
import { Guard } from '../../../../services/governor/guard/guard';
import { Runs } from '../../../../services/governor/identify/runs';
import { Inspector } from '../../../../services/governor/inspect';
import { Exchange } from '../../../../services/governor/server/exchange';
import type { Message, Reply } from '../../../../services/governor/server/messages';
import { OutOfOrder } from '../../../../services/governor/server/order';
import { Shares } from '../../../../services/governor/server/shares';
import { Tunnel } from '../../../../services/governor/server/tunnel';
import { team } from '../../../support/team';
import { environment } from '../support/environment';
import { MemoryStore } from '../support/store';

const TOOL = {
  name: 'packages',
  tunnel: { to: 'packages.example.com:443', bytes: 1000, connections: 2, seconds: 300 },
};
/** The first message of a client that names a host (RFC 8446, section 4.1.2). */
const hello = (host: string): Buffer => {
  const sized = (size: 1 | 2 | 3, value: Buffer): Buffer => {
    const length = Buffer.alloc(size);
    length.writeUIntBE(value.length, 0, size);
    return Buffer.concat([length, value]);
  };
  const name = sized(2, Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(host))]));
  const extensions = sized(2, Buffer.concat([Buffer.from([0, 0]), sized(2, name)]));
  const body = Buffer.concat([
    Buffer.alloc(34),
    sized(1, Buffer.alloc(0)),
    sized(2, Buffer.alloc(2)),
    sized(1, Buffer.alloc(1)),
    extensions,
  ]);
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(2, Buffer.concat([Buffer.from([1]), sized(3, body)]))]);
};
const HELLO = hello('packages.example.com');

const open = async (seconds = 300, run?: string) => {
  const memory = new MemoryStore();
  const cuts: Denial[] = [];
  const pending = {
    decision: 'd',
    caller: { door: 'back', agent: 'clerk', run: undefined },
    run,
    event: undefined,
  } as unknown as Pending;
  const tool = { ...TOOL, tunnel: { ...TOOL.tunnel, seconds } };
  const parts = { recorder: memory, clock: () => 0, runs: memory.opened().runs };
  const tunnel = new Tunnel(pending, tool, parts, (denial) => void cuts.push(denial));
  const part = (kind: Message['kind'], body: Buffer = Buffer.alloc(0), more: Partial<Message> = {}) =>
    tunnel.part({ kind, headers: [], body, end: false, ...more });
  const answers = (status = '200') => part('responseHeaders', undefined, { headers: [[':status', status]] });
  return { memory, cuts, tunnel, part, answers };
};
const denied = (code: string) => expect.objectContaining({ code });

describe('a tunnel', () => {
  test('passes what comes once the first message names its host, and says what passed', async () => {
    const { memory, tunnel, part, answers } = await open();
    await answers();
    expect(await part('requestBody', HELLO.subarray(0, 10))).toEqual({ kind: 'continue', body: Buffer.alloc(0) });
    expect(await part('requestBody', HELLO.subarray(10))).toEqual({ kind: 'continue', body: HELLO });
    const answer = Buffer.alloc(500);
    expect(await part('responseBody', answer)).toEqual({ kind: 'body', body: answer, end: false });
    expect(tunnel.over).toBe(false);
    await part('responseBody', undefined, { end: true });
    expect(tunnel.over).toBe(true);
    const { tunnel: passed, ...outcome } = memory.outcomes[0] ?? {};
    expect(passed).toEqual({ sent: HELLO.length, received: 500, milliseconds: expect.any(Number) });
    expect(outcome).toMatchObject({ decision: 'd', phase: 'response', status: 200, withheld: false, code: undefined });
  });

  test.each([
    ['another host', hello('evil.example.com'), 'not-permitted'],
    ['a host below it', hello('x.packages.example.com'), 'not-permitted'],
    ['no TLS', Buffer.from('GET / HTTP/1.1\r\n'), 'malformed-message'],
  ])('passes nothing to %s', async (_what, bytes, code) => {
    const { part, answers } = await open();
    await answers();
    await expect(part('requestBody', bytes)).rejects.toEqual(denied(code));
  });

  test('passes nothing of a host that speaks first', async () => {
    const { part, answers } = await open();
    await answers();
    await expect(part('responseBody', Buffer.from('SSH-2.0'))).rejects.toEqual(denied('malformed-message'));
  });

  test('counts both directions together, and the byte above the cap does not pass', async () => {
    const { part, answers } = await open();
    await answers();
    await part('requestBody', HELLO);
    await part('requestBody', Buffer.alloc(400 - HELLO.length));
    await part('responseBody', Buffer.alloc(600));
    await expect(part('requestBody', Buffer.alloc(1))).rejects.toEqual(denied('tunnel-capped'));
  });

  test('that was not opened is an error, and what Envoy says of it is not counted', async () => {
    const { memory, part, answers } = await open();
    await answers('503');
    await part('responseBody', Buffer.alloc(5000), { end: true });
    expect(memory.outcomes).toMatchObject([
      { phase: 'error', status: 503, reason: 'the host was not reached', tunnel: { received: 0 } },
    ]);
  });

  test('is cut when its time is over, with one outcome whatever comes after', async () => {
    jest.useFakeTimers();
    try {
      const { memory, cuts, tunnel } = await open(7);
      jest.advanceTimersByTime(6_999);
      expect(cuts).toEqual([]);
      jest.advanceTimersByTime(1);
      expect(cuts).toEqual([denied('tunnel-capped')]);
      await tunnel.cut(cuts[0] as Denial);
      await tunnel.closed('later');
      expect(memory.outcomes).toMatchObject([{ phase: 'error', withheld: true, code: 'tunnel-capped' }]);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each(['paused', 'stopped', 'unknown'] as const)('is cut when its run is %s', async (state) => {
    const { memory, cuts, tunnel } = await open(300, 'run-1');
    memory.turn('run-1', state);
    await new Promise((done) => setImmediate(done));
    const code = state === 'unknown' ? 'unavailable' : `run-${state}`;
    expect(cuts.at(-1)).toEqual(denied(code));
    await tunnel.closed('it ended');
    expect(memory.watched).toBe(0);
  });
});

describe('a CONNECT in an exchange with Envoy', () => {
  const configuration = environment(team());
  const { config } = configuration;
  const guard = new Guard(config.guard);
  const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['analysts'] };

  const world = async () => {
    const memory = new MemoryStore();
    const runs = new Runs(memory, 3_600_000);
    const { handle, run } = await runs.open('researcher', ADA, Date.now());
    const clock = Date.now;
    const agents = { identify: async () => 'researcher' };
    const users = { identify: async () => ADA };
    const governor = new Governor(configuration, {
      agents,
      users,
      runs,
      history: memory,
      recorder: memory,
      clock,
      guard,
    });
    const inspector = new Inspector(config, guard, memory, clock);
    const replies: Reply[] = [];
    const failed: string[] = [];
    const parts = { config, governor, shares: new Shares(config), inspector, guard, recorder: memory, clock };
    const exchange = new Exchange(
      'back',
      { ...parts, runs: memory.opened().runs },
      { reply: (_kind, reply) => void replies.push(reply), fail: (why) => void failed.push(why) },
    );
    const take = (kind: Message['kind'], headers: Message['headers'] = [], body: Buffer = Buffer.alloc(0)) =>
      exchange.take({ kind, headers, body, end: false });
    const asks = (target = 'packages.example.com:443', more: Message['headers'] = []) =>
      take('requestHeaders', [
        [':method', 'CONNECT'],
        [':authority', target],
        ['proxy-authorization', `Basic ${Buffer.from(`run:${handle}`).toString('base64')}`],
        ...more,
      ]);
    return { memory, run, exchange, replies, failed, take, asks };
  };

  test('is decided on its head, passes both ways, and ends on record when somebody goes away', async () => {
    const { memory, exchange, replies, take, asks } = await world();
    await asks();
    expect(memory.decisions).toMatchObject([{ effect: 'allow', action: 'packages.connect', user: { subject: 'ada' } }]);
    await take('requestBody', [], HELLO);
    await take('responseHeaders', [[':status', '200']]);
    await take('responseBody', [], Buffer.from('hello'));
    await take('requestBody', [], Buffer.from('more'));
    expect(replies.map(({ kind }) => kind)).toEqual(['continue', 'continue', 'continue', 'body', 'continue']);
    await exchange.end();
    expect(memory.outcomes).toMatchObject([
      { phase: 'response', withheld: false, tunnel: { received: 5, sent: HELLO.length + 4 } },
    ]);
    expect(exchange.over).toBe(true);
  });

  test('that nobody declared is refused, and nothing after it passes', async () => {
    const { memory, replies, take, asks } = await world();
    await asks('evil.example.com:443');
    expect(replies).toMatchObject([{ kind: 'immediate', status: 404 }]);
    expect(memory.decisions).toMatchObject([{ effect: 'deny', code: 'unknown-route', protocol: 'connect' }]);
    await take('requestBody', [], HELLO);
    expect(replies).toHaveLength(1);
  });

  test('without a host, or with two, is none that Envoy sends', async () => {
    for (const headers of [[], [':authority', ':authority']]) {
      const { memory, take } = await world();
      const head = [[':method', 'CONNECT'], ...headers.map((name) => [name, 'packages.example.com:443'])];
      await expect(take('requestHeaders', head as never)).rejects.toThrow(OutOfOrder);
      expect(memory.decisions).toEqual([]);
    }
  });

  test('is cut between two pieces when its run is stopped', async () => {
    const { memory, run, failed, take, asks } = await world();
    await asks();
    memory.turn(run.id, 'stopped');
    await new Promise((done) => setImmediate(done));
    expect(failed).toEqual(['run-stopped']);
    expect(memory.outcomes).toMatchObject([{ code: 'run-stopped', withheld: true }]);
    await expect(take('requestBody', [], HELLO)).rejects.toThrow(OutOfOrder);
  });
});
