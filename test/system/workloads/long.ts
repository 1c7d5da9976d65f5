import type { Cluster } from '../../../cluster';
import { LONG } from '../../support/random';
import { onOwnCluster } from '../environment';

/** The suites for which programs are built that no environment needs: the gate has no time for them, and says so. */
export const whenLong = (what: string, suite: (cluster: Cluster) => void): void =>
  longOr(what, () => onOwnCluster(what, suite));

/** Those of them that need no cluster. */
export const describeLong = (what: string, suite: () => void): void => longOr(what, () => describe(what, suite));

const longOr = (what: string, run: () => void): void => {
  if (LONG) {
    run();
    return;
  }
  const why = 'a long run tries it: npm run test:long';
  process.stderr.write(`not run: ${what} (${why})\n`);
  describe.skip(`${what} (${why})`, () => test('needs FIREPIT_LONG=1', () => undefined));
};
