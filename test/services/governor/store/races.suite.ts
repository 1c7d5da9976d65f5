import type { Store } from '../../../../services/governor/store';
import fc from '../../../support/property';
import { call, Judging } from './example';
import type { World } from './world';

/** Replicas at once. */
export function racesSuite(world: World): void {
  const { opened, replica } = world;

  describe('no more are let through than the rule allows', () => {
    const DAY = 24 * 3_600_000;
    interface Waiting {
      readonly store: Store;
      judging?: Judging;
      said?: 'allowed' | 'denied';
    }
    const move = async (one: Waiting, run: string | undefined): Promise<void> => {
      if (one.said !== undefined) return;
      if (one.judging === undefined) {
        one.judging = await Judging.of(one.store, { run, again: true, at: world.now });
        return;
      }
      const said = await one.judging.record();
      delete one.judging;
      if (said !== 'moved') one.said = said;
    };

    /** Calls of these replicas, moved in this order, and then all until they are done. @returns how many were allowed */
    const allowed = async (stores: readonly Store[], order: readonly number[], run?: string): Promise<number> => {
      const waiting: Waiting[] = stores.map((store) => ({ store }));
      for (const i of order) await move(waiting[i % waiting.length]!, run);
      while (waiting.some(({ said }) => said === undefined)) await Promise.all(waiting.map((one) => move(one, run)));
      return waiting.filter(({ said }) => said === 'allowed').length;
    };

    test('however the calls of replicas interleave', async () => {
      const replicas = [await replica(), await replica(), await replica()];
      const calls = fc.array(fc.nat(2), { minLength: 7, maxLength: 9 });
      const order = fc.array(fc.nat(8), { maxLength: 24 });
      const property = fc.asyncProperty(calls, order, fc.boolean(), async (plan, moves, inRun) => {
        world.now += DAY;
        const run = inRun ? await opened(replicas[0]!, { opened: world.now, expires: world.now + DAY }) : undefined;
        const stores = plan.map((i) => replicas[i]!);
        expect(await allowed(stores, moves, run)).toBe(5);
      });
      await fc.assert(property, { numRuns: world.runs });
    });

    test.each([true, false])('when replicas race for the same counter (in a run: %s)', async (inRun) => {
      const replicas = [await replica(), await replica()];
      const run = inRun ? await opened(replicas[0]!) : undefined;
      const said = await Promise.all(
        Array.from({ length: 16 }, (_, i) => call(replicas[i % 2]!, { run, arguments: {} })),
      );
      expect(said.filter((one) => one === 'allowed')).toHaveLength(5);
      expect(said.filter((one) => one === 'denied')).toHaveLength(11);
    });
  });
}
