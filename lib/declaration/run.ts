import { z } from 'zod';
import { says, whole } from './_check';
import { Duration, durationSchema } from './duration';

/** Pieces of work: each begins when a person asks an agent, and is judged as one sequence. */
export interface Runs {
  /** After that the handle of a run is good for nothing. From a minute to 7 days. */
  readonly lifetime: Duration;
  /** How many agents may be asked in turn after the one that a person asked. From 1 to 8. @default 3 */
  readonly depth?: number;
}

/** What holds where nothing is declared. */
export const DEFAULT_RUNS: Required<Runs> = { lifetime: Duration.hours(24), depth: 3 };

const DAY = 86400;
export const runsSchema: z.ZodType<Runs> = says(
  z.strictObject({ lifetime: durationSchema(60, 7 * DAY), depth: whole(1, 8).optional() }),
  {
    expected: 'how long a run lasts at most',
    fix: 'write { lifetime: Duration.hours(8) }',
  },
);
