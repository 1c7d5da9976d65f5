import { z } from 'zod';
import { checked, made, prose, text } from './_check';

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
  /** A finding, by rule and object, with reason, owner and the last day. */
  of: (props: Suppression): Suppression => props,
} as const;

const isDay = (value: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(value).toISOString().startsWith(value);

export const suppressionSchema: z.ZodType<Suppression> = made(
  z.strictObject({
    rule: text(/^[a-z][a-z0-9-]+$/, { expected: 'a rule id', fix: 'copy it from the finding' }),
    object: prose(3, 300, 'the object as the finding names it', 'Deployment support-desk-dev/triage'),
    reason: prose(
      20,
      500,
      'a reason that a reviewer can judge',
      'accepted until the collector moves to TLS, ticket OPS-12',
    ),
    owner: prose(3, 200, 'who answers for it', 'support-platform@example.com'),
    expires: checked(z.string(), isDay, {
      expected: 'a day as YYYY-MM-DD',
      fix: 'choose the last day it holds',
    }),
  }),
  'an accepted finding',
  'Suppression.of({ rule, object, reason, owner, expires })',
);
