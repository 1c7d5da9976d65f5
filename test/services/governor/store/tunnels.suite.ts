import { Governor, type Verdict } from '../../../../services/governor/decide';
import { Runs } from '../../../../services/governor/identify/runs';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { outcomeOf } from '../../../../services/governor/record';
import type { Store } from '../../../../services/governor/store';
import { team } from '../../../support/team';
import { environment } from '../support/environment';
import { ADA } from './example';
import type { World } from './world';

const declared = environment(team());
const AGENT = 'researcher';
const SECONDS = 300;
/** What is declared: two at once. */
const MOST = 2;

const connect = (handle?: string): HttpRequest => ({
  door: 'back',
  method: 'CONNECT',
  path: 'packages.example.com:443',
  headers: handle === undefined ? [] : [['x-firepit-run', handle]],
  body: Buffer.alloc(0),
});
const said = (verdict: Verdict): string => (verdict.kind === 'deny' ? verdict.denial.code : verdict.kind);

/** One replica: a governor of the research team over a store. */
class Replica {
  private readonly governor: Governor;
  private readonly runs: Runs;

  constructor(
    private readonly world: World,
    private readonly store: Store,
  ) {
    this.runs = new Runs(store.runs, 3_600_000);
    this.governor = new Governor(
      { ...declared, config: { ...declared.config, environment: world.name } },
      {
        agents: { identify: async () => AGENT },
        users: { identify: async () => ADA },
        runs: this.runs,
        history: store.history,
        recorder: store.recorder,
        clock: () => world.now,
      },
    );
  }

  ask(handle?: string): Promise<Verdict> {
    return this.governor.request(connect(handle));
  }

  async opened(): Promise<string> {
    return (await this.runs.open(AGENT, ADA, this.world.now)).handle;
  }

  /** As a tunnel ends: its end is on record. */
  async end(verdict: Verdict): Promise<void> {
    if (verdict.kind !== 'forward') throw new Error(`it was not let begin: ${said(verdict)}`);
    const seen = {
      phase: 'response',
      status: 200,
      bodyDigest: undefined,
      claims: [],
      guard: [],
      code: undefined,
    } as const;
    await this.store.recorder.outcome(
      outcomeOf(verdict.pending, { ...seen, at: this.world.now, withheld: false, reason: 'the host closed it' }),
    );
  }
}

/** Tunnels of an agent that are open at once, whichever replica holds them. */
export function tunnelsSuite(world: World): void {
  const two = async (): Promise<[Replica, Replica]> => [
    new Replica(world, await world.replica()),
    new Replica(world, await world.replica()),
  ];

  test.each([false, true])(
    'replicas that race let no more tunnels be open than declared (in runs: %s)',
    async (inRuns) => {
      const replicas = await two();
      const verdicts = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          const replica = replicas[i % 2] as Replica;
          return replica.ask(inRuns ? await replica.opened() : undefined);
        }),
      );
      expect(verdicts.map(said).filter((one) => one === 'forward')).toHaveLength(MOST);
      expect(new Set(verdicts.map(said))).toEqual(new Set(['forward', 'too-many-calls']));
      const refused = verdicts.find(({ kind }) => kind === 'deny');
      expect(refused).toHaveProperty('denial.facts', ['packages.tunnel.connections']);
    },
  );

  test('one that ended makes room for one, at whichever replica', async () => {
    const [one, other] = await two();
    const first = await one.ask();
    expect([said(first), said(await other.ask()), said(await one.ask()), said(await other.ask())]).toEqual([
      ...['forward', 'forward'],
      ...['too-many-calls', 'too-many-calls'],
    ]);
    await one.end(first);
    expect([said(await other.ask()), said(await one.ask())]).toEqual(['forward', 'too-many-calls']);
  });

  test('what a governor left open that died counts until its time is over, and no longer', async () => {
    const [one, other] = await two();
    expect([said(await one.ask()), said(await one.ask())]).toEqual(['forward', 'forward']);
    world.now += SECONDS * 1000;
    expect(said(await other.ask())).toBe('too-many-calls');
    world.now += 61_000;
    expect(said(await other.ask())).toBe('forward');
  });
}
