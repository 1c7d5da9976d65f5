import fc from 'fast-check';

/**
 * The properties' library. The gate tries the same inputs every time, so that what it says depends on the change alone;
 * `npm run test:long` tries new ones, ten times as many. `FIREPIT_SEED` repeats a run (a failure prints its seed).
 */
const given = process.env.FIREPIT_SEED;
const seed = given === undefined ? 20_261_123 : Number(given);
if (!Number.isInteger(seed)) throw new Error(`FIREPIT_SEED is '${given}', expected a whole number.`);
if (given !== undefined || process.env.FIREPIT_LONG !== '1') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

export default fc;
