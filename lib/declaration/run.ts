import { z } from 'zod';
import { says } from './_check';
import { Duration, durationSchema } from './duration';

/** Pieces of work: each begins when a person asks an agent, and is judged as one sequence. */
export interface Runs {
  /** After that the handle of a run is good for nothing. From a minute to 7 days. */
  readonly lifetime: Duration;
}

/** What holds where nothing is declared. */
export const DEFAULT_RUNS: Runs = { lifetime: Duration.hours(24) };

const DAY = 86400;
export const runsSchema: z.ZodType<Runs> = says(z.strictObject({ lifetime: durationSchema(60, 7 * DAY) }), {
  expected: 'how long a run lasts at most',
  fix: 'write { lifetime: Duration.hours(8) }',
});
