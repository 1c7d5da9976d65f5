import { z } from 'zod';
import { type SecretKey, secretKeySchema } from './secret-key';

/** How the gateway authenticates to an upstream. The agent never sees it. */
export type Auth =
  | { readonly kind: 'bearer'; readonly secret: SecretKey }
  | { readonly kind: 'apiKey'; readonly secret: SecretKey; readonly header: string }
  | { readonly kind: 'none'; readonly reason: string };

/** `Authorization: Bearer …` with the Secret's value. */
export const Bearer = {
  from: (secret: SecretKey): Auth => ({ kind: 'bearer', secret }),
} as const;

/** A key in a header of its own. */
export const ApiKey = {
  /** @param header @default 'x-api-key' */
  from: (secret: SecretKey, header = 'x-api-key'): Auth => ({ kind: 'apiKey', secret, header }),
} as const;

/** No credential; the reason stands in the report. */
export const NoAuth = {
  because: (reason: string): Auth => ({ kind: 'none', reason }),
} as const;

export const authSchema: z.ZodType<Auth> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer'), secret: secretKeySchema }),
  z.strictObject({ kind: z.literal('apiKey'), secret: secretKeySchema, header: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
  z.strictObject({ kind: z.literal('none'), reason: z.string().min(10) }),
]);
