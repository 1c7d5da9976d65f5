import type { Decision } from '../../../../services/governor/record';
import { needsOf } from '../../../../services/governor/store/needs';
import { StoredRecorder } from '../../../../services/governor/store/recorder';
import { Sequences } from '../../../../services/governor/store/sequences';
import {
  type Database,
  databaseSink,
  EntryConflict,
  NotRecorded,
  openDatabase,
  Recorder,
} from '../../../../services/state';
import fc from '../../../support/property';
import { configOf, outcome } from './example';
import type { World } from './world';

/** What came of a call is on record once, whatever was asked again and whichever answer was lost. */
export function outcomesSuite(world: World): void {
  let database: Database;
  /** Whether the record is kept and its answer is lost. */
  let losing = false;
  const problems: Error[] = [];
  const recorder = (): StoredRecorder => {
    const needs = needsOf(configOf(world.name).agents);
    const lossy: Database = {
      ...database,
      ask: async (...question) => {
        const rows = await database.ask(...question);
        if (losing) throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
        return rows as never;
      },
    };
    const scribe = { environment: world.name, replica: 'lossy', needs };
    const commit = new Recorder([databaseSink(lossy)]);
    return new StoredRecorder(commit, new Sequences(needs.window), scribe, (error) => problems.push(error));
  };
  beforeEach(async () => {
    database = await openDatabase(world.url, 'writer');
    problems.length = 0;
  });
  afterEach(() => {
    losing = false;
    return database.close();
  });

  interface Attempt {
    readonly of: number;
    readonly lost: boolean;
  }
  /** Records outcomes, each with a status of its own. @returns by decision, the status of the first */
  const tried = async (decisions: readonly Decision[], plan: readonly Attempt[]): Promise<Map<string, number>> => {
    const first = new Map<string, number>();
    const lossy = recorder();
    for (const [i, { of, lost }] of plan.entries()) {
      const decision = decisions[of]!;
      const known = first.has(decision.id);
      if (!known) first.set(decision.id, 200 + i);
      losing = lost;
      const recording = lossy.outcome(outcome(decision, { status: 200 + i }));
      if (known || lost) await expect(recording).rejects.toThrow(known ? EntryConflict : NotRecorded);
      else await recording;
    }
    losing = false;
    return first;
  };

  test('the first outcome of a decision stands, and another one is told', async () => {
    const store = await world.replica();
    const attempts = fc.array(fc.record({ of: fc.nat(2), lost: fc.boolean() }), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(attempts, async (plan) => {
      const run = await world.opened(store);
      const decisions: Decision[] = [];
      for (let i = 0; i < 3; i++) decisions.push(await world.recorded(store, { run }));
      const first = await tried(decisions, plan);
      const found = (await world.entries(0)).filter((entry) => entry.kind === 'outcome' && entry.who.run === run);
      expect(found.map((entry) => entry.kind === 'outcome' && [entry.decision, entry.what.status])).toEqual([...first]);
      const { events } = await store.history.past('payer', run, 'new');
      expect(events.filter(({ phase }) => phase === 'response')).toHaveLength(first.size);
    });
    await fc.assert(property, { numRuns: world.runs });
  });

  test('a withheld answer after a lost acknowledgement is a finding, and says which decision', async () => {
    const store = await world.replica();
    const decision = await world.recorded(store);
    const lossy = recorder();
    losing = true;
    await expect(lossy.outcome(outcome(decision))).rejects.toThrow(NotRecorded);
    losing = false;
    await expect(
      lossy.outcome(outcome(decision, { phase: 'error', withheld: true, code: 'unavailable' })),
    ).rejects.toBeInstanceOf(EntryConflict);
    expect(problems.at(-1)?.message).toMatch(
      new RegExp(`of decision ${decision.id} is on record already, and says something else: the first stands`),
    );
  });
}
