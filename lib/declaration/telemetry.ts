import { z } from 'zod';
import { says } from './_check';

/** What the platform's collector is told of calls, beside names, numbers and codes. */
export interface Telemetry {
  /**
   * What people, models and tools say, each time after the guard has taken secrets out. Personal data stays in it: who
   * may read the collector may read conversations.
   */
  readonly content: true;
}

export const telemetrySchema: z.ZodType<Telemetry> = says(z.strictObject({ content: z.literal(true) }), {
  expected: 'what is told beside names, numbers and codes',
  fix: 'write { content: true }, or leave telemetry out',
});
