import type { Cluster } from '../../../cluster';
import { LONG } from '../../support/random';
import { onOwnCluster } from '../environment';

/** The suites for which programs are built that no environment needs: the gate has no time for them, and says so. */
export const whenLong = (what: string, suite: (cluster: Cluster) => void): void => {
  if (LONG) {
    onOwnCluster(what, suite);
    return;
  }
  const why = 'a long run tries it: npm run test:long';
  process.stderr.write(`not run: ${what} (${why})\n`);
  describe.skip(`${what} (${why})`, () => test('needs FIREPIT_LONG=1', () => undefined));
};
