import { z } from 'zod';
import { text } from './_check';

/** A finding of the minimum bar that the owner accepts for a while. Written into the output, where an auditor sees it. */
export interface Suppression {
  /** Rule id, as RULES.md lists it. */
  readonly rule: string;
  /** The object, as the finding names it: `Deployment support-desk-dev/triage`. */
  readonly object: string;
  readonly reason: string;
  readonly owner: string;
  /** Last day it holds, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}
/** Makes {@link Suppression}s. */
export const Suppression = {
  of: (props: Suppression): Suppression => props,
} as const;

export const suppressionSchema: z.ZodType<Suppression> = z.strictObject({
  rule: text(/^[a-z][a-z0-9-]+$/, { expected: 'a rule id', fix: 'copy it from the finding' }),
  object: z.string().min(3),
  reason: text(/^.{20,500}$/, {
    expected: 'a reason of at least 20 characters that a reviewer can judge',
    fix: 'say why the finding is acceptable and until what',
  }),
  owner: z.string().min(3),
  expires: text(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, {
    expected: 'a date as YYYY-MM-DD',
    fix: 'choose the last day it holds',
  }),
});
