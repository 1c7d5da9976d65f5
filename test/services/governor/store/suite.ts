import { governorSuite } from './governor.suite';
import { manifestsSuite } from './manifests.suite';
import { outcomesSuite } from './outcomes.suite';
import { pastSuite } from './past.suite';
import { racesSuite } from './races.suite';
import { runsSuite } from './runs.suite';
import { trustSuite } from './trust.suite';
import { tunnelsSuite } from './tunnels.suite';
import { type Kept, World } from './world';

/** The same promises, whichever database keeps them. */
export function storeSuite(start: () => Promise<Kept>, { runs }: { readonly runs: number }): void {
  const world = new World(start, runs);
  beforeAll(() => world.begin(), 120_000);
  beforeEach(() => world.fresh());
  afterEach(() => world.leave());
  afterAll(() => world.end());
  for (const suite of [
    ...[pastSuite, trustSuite, runsSuite, racesSuite, governorSuite],
    ...[manifestsSuite, outcomesSuite, tunnelsSuite],
  ])
    suite(world);
}
