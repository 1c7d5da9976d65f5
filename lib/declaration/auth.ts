import { z } from 'zod';
import { checked, made, prose } from './_check';
import { type SecretKey, secretKeySchema } from './secret-key';

/** How the gateway authenticates to an upstream. The agent never sees it. */
export type Auth =
  | { readonly kind: 'bearer'; readonly secret: SecretKey }
  | { readonly kind: 'apiKey'; readonly secret: SecretKey; readonly header: string }
  | { readonly kind: 'none'; readonly reason: string };

/** `Authorization: Bearer …` with the Secret's value. */
export const Bearer = {
  /** The token of a Secret in `E-control`, as `Authorization: Bearer`. */
  from: (secret: SecretKey): Auth => ({ kind: 'bearer', secret }),
} as const;

/** A key in a header of its own. */
export const ApiKey = {
  /** @param header @default 'x-api-key' */
  from: (secret: SecretKey, header = 'x-api-key'): Auth => ({ kind: 'apiKey', secret, header }),
} as const;

/** No credential; the reason stands in the report. */
export const NoAuth = {
  /** No credential. @param reason why nothing is needed, for whoever reviews it */
  because: (reason: string): Auth => ({ kind: 'none', reason }),
} as const;

/** Headers that say where a request goes or who sent it: no place for a key. */
const TAKEN =
  /^(host|connection|te|upgrade|content-.*|transfer-encoding|forwarded|x-forwarded-.*|x-envoy-.*|x-firepit-.*|mcp-.*)$/;
const header = checked(z.string(), (value) => /^[a-z0-9-]{1,64}$/.test(value) && !TAKEN.test(value), {
  expected: 'the lower-case name of a header that carries a key',
  fix: "write it as 'x-api-key'",
});

export const authSchema: z.ZodType<Auth> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('bearer'), secret: secretKeySchema }),
    z.strictObject({ kind: z.literal('apiKey'), secret: secretKeySchema, header }),
    z.strictObject({
      kind: z.literal('none'),
      reason: prose(10, 500, 'why the upstream needs no credential', 'a public API without accounts'),
    }),
  ]),
  'how the gateway authenticates',
  "Bearer.from(SecretKey.of('name', 'key')), ApiKey.from(…) or NoAuth.because('…')",
);
