import { z } from 'zod';
import { version } from './_common';

/** `models.json`: the one list of models. Admission reads `artifacts`, the governor `wire`. */
export const modelAllowList = z.strictObject({
  version,
  artifacts: z.array(z.string().regex(/@sha256:[a-f0-9]{64}$/)),
  wire: z.record(z.string(), z.array(z.string()).min(1)),
});
export type ModelAllowList = z.infer<typeof modelAllowList>;
