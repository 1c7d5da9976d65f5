import fc from 'fast-check';
import { SEED } from './random';

/**
 * The properties' library. The gate tries the same inputs every time, so that what it says depends on the change alone;
 * `npm run test:long` tries new ones, ten times as many. `FIREPIT_SEED` repeats a run (a failure prints its seed).
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });

export default fc;
