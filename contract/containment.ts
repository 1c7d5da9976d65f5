import { z } from 'zod';

/**
 * The containment record, a ConfigMap that only the warden may write: one key per contained agent (its object name).
 * Admission looks at the keys alone, so a value that cannot be read still contains.
 */
export const containmentEntry = z.strictObject({
  version: z.literal(1),
  since: z.iso.datetime(),
  by: z.string(),
  reason: z.string(),
  rung: z.enum(['quarantine', 'hold', 'suspend', 'kill']),
});
export type ContainmentEntry = z.infer<typeof containmentEntry>;
