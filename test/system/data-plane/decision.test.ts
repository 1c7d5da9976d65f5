import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LONG } from '../../support/random';
import { GovernorStandIn } from '../envoy/governor';
import { Pki } from '../envoy/pki';
import { get, until } from '../envoy/run';
import { World } from '../envoy/world';
import { IMPOSTORS, isWaitedFor, MISBEHAVIOURS, PLAIN, STRANGE, Switchboard, type When } from './bad-governor';
import { CORPUS, type Request } from './corpus';

const AT_ONCE = 64;

/** Sends requests, some at a time; what each was answered with. */
async function outcomes(
  world: World,
  requests: readonly Request[],
): Promise<[name: string, statuses: readonly number[]][]> {
  const rest = [...requests];
  const done: [string, readonly number[]][] = [];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift())
      done.push([next.name, await next.send(world)]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}
const answered = (statuses: readonly number[]): boolean => statuses.some((status) => status >= 200 && status < 400);

const DECLARED = CORPUS.filter(({ declared, name }) => declared && !/limit/.test(name));
/** Each wrong way meets some of them, in a long run all; the ways in which a governor is away meet the whole corpus always. */
const SOME = LONG ? DECLARED : DECLARED.filter((_, i) => i % 6 === 0);

describe('a gateway whose governor', () => {
  const world = new World();
  const switchboard = new Switchboard(world.identities.governor as never);
  let good = 0;
  let bad = 0;
  beforeAll(async () => {
    good = await world.governor.listen();
    bad = await switchboard.bad.listen();
    switchboard.turn(good);
    await world.start({
      governor: await switchboard.listen(),
      edit: (text) => text.replaceAll('"message_timeout":"10s"', '"message_timeout":"2s"'),
    });
  }, 60_000);
  afterAll(async () => {
    await world.stop();
    switchboard.close();
  });
  const forget = (): void => {
    for (const upstream of Object.values(world.upstreams)) upstream.received.length = 0;
  };

  /** The same, where only the end of the connection ends what waits. */
  const cut = async (requests: readonly Request[]): ReturnType<typeof outcomes> => {
    const all: Awaited<ReturnType<typeof outcomes>> = [];
    for (let at = 0; at < requests.length; at += AT_ONCE) {
      const some = requests.slice(at, at + AT_ONCE);
      const before = switchboard.bad.misbehaved;
      const asked = outcomes(world, some);
      await until('all of them wait', () => switchboard.bad.misbehaved >= before + some.length);
      switchboard.turn(bad);
      all.push(...(await asked));
    }
    return all;
  };
  const misbehaving = (name: string, when: When): typeof cut =>
    isWaitedFor(name, when) ? cut : (requests) => outcomes(world, requests);

  /** Nothing arrives, nobody is told yes, and the gateway is still there to say no. */
  const nothing = async (
    requests: readonly Request[],
    send = (all: readonly Request[]) => outcomes(world, all),
  ): Promise<void> => {
    forget();
    const all = await send(requests);
    expect(world.upstreams.tickets.received.map(({ method, url, headers }) => [method, url, headers])).toEqual([]);
    expect(world.reached).toBe(0);
    expect(all.filter(([, statuses]) => answered(statuses))).toEqual([]);
    expect(all).toHaveLength(requests.length);
    expect(await get(world.healthPort, '/live')).toBe(200);
  };

  test('says yes lets everything through that has a route, so that the rest of this file means something', async () => {
    switchboard.turn(good);
    await until('the governor is found', async () => (await world.back('/tools/tickets/mcp')).status === 200);
    forget();
    const all = await outcomes(world, DECLARED);
    expect(all.filter(([, statuses]) => !answered(statuses))).toEqual([]);
    expect(world.reached).toBe(DECLARED.length);
    expect(CORPUS.length).toBeGreaterThan(250);
  }, 120_000);

  describe.each(['at the first question', 'at the last question about the request'] as const)('%s', (when) => {
    test.each(Object.keys(MISBEHAVIOURS).filter((name) => !name.startsWith('lets pass')))(
      '%s: nothing is forwarded',
      async (name) => {
        switchboard.bad.behave(name, when);
        switchboard.turn(bad);
        await nothing(SOME, misbehaving(name, when));
        expect(switchboard.bad.asked).toBeGreaterThan(0);
      },
      120_000,
    );
  });

  // What an upstream says is inspected as well; two can only be wrong about a request, and who is late about an answer is not.
  test.each(Object.keys(MISBEHAVIOURS).filter((name) => !/^sets|time is over/.test(name)))(
    '%s about the answer: the agent does not get it',
    async (name) => {
      switchboard.bad.behave(name, 'at the answer');
      switchboard.turn(bad);
      forget();
      const all = await misbehaving(name, 'at the answer')(SOME);
      expect(world.reached).toBeGreaterThan(0);
      expect(all.filter(([, statuses]) => answered(statuses))).toEqual([]);
    },
    120_000,
  );

  test.each(Object.keys(IMPOSTORS))(
    '%s: nothing is forwarded',
    async (name) => {
      switchboard.turn(IMPOSTORS[name] as never);
      await nothing(SOME);
      expect(switchboard.connections).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each(Object.keys(STRANGE))(
    '%s: nothing is forwarded',
    async (name) => {
      switchboard.turn(await switchboard.strange(world.identities.governor as never, STRANGE[name] as never));
      await nothing(SOME);
      expect(switchboard.connections).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each(Object.keys(PLAIN))(
    '%s: nothing is forwarded',
    async (name) => {
      switchboard.turn(await switchboard.plain(world.identities.governor as never, PLAIN[name] as never));
      await nothing(SOME);
      expect(switchboard.connections).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each([
    ['another name', (w: World) => w.identities.stranger],
    ["another authority's signature", (w: World) => new Pki(join(w.root, 'other')).leaf('governor.desk-control.svc')],
  ] as const)(
    'says yes under %s: nothing is forwarded',
    async (_what, identity) => {
      const impostor = new GovernorStandIn(identity(world) as never);
      switchboard.turn(await impostor.listen());
      await nothing(SOME);
      expect(switchboard.connections).toBeGreaterThan(0);
      expect(impostor.messages).toEqual([]);
      impostor.close();
    },
    120_000,
  );

  describe('over the whole corpus', () => {
    test.each([
      ['is slow', 'answers when the time is over', 'at the first question'],
      ['is slow to the last', 'answers when the time is over', 'at the last question about the request'],
      ['resets', 'resets the stream', 'at the last question about the request'],
      ['answers garbage', 'sends what is no protobuf', 'at the last question about the request'],
    ] as const)(
      '%s: nothing is forwarded',
      async (_what, name, when) => {
        switchboard.bad.behave(name, when);
        switchboard.turn(bad);
        await nothing(CORPUS);
      },
      240_000,
    );
    test('is down: nothing is forwarded', async () => {
      switchboard.turn(IMPOSTORS['refuses connections'] as never);
      await nothing(CORPUS);
    }, 240_000);
  });

  test('is back: what has a route passes again', async () => {
    switchboard.turn(good);
    forget();
    const all = await outcomes(world, DECLARED);
    expect(all.filter(([, statuses]) => !answered(statuses))).toEqual([]);
  }, 120_000);
});
