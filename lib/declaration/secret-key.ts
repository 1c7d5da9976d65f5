import { z } from 'zod';
import { checked, looksLikeSecret, made } from './_check';

/**
 * One key of a Kubernetes Secret that the user creates in `E-control`. The value is never part of a declaration;
 * `firepit list --secrets` prints what to create.
 */
export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

/** Makes {@link SecretKey}s. */
export const SecretKey = {
  /** @param secret name of the Secret @param key key inside it */
  of: (secret: string, key: string): SecretKey => ({ secret, key }),
} as const;

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const FIX = "name the Secret, never paste its value: SecretKey.of('claude', 'key')";

export const secretKeySchema: z.ZodType<SecretKey> = made(
  z.strictObject({
    secret: checked(z.string(), (v) => v.length <= 200 && SUBDOMAIN.test(v) && !looksLikeSecret(v), {
      expected: 'the name of a Secret in the control namespace',
      fix: FIX,
    }),
    key: checked(z.string(), (v) => /^[-._a-zA-Z0-9]{1,253}$/.test(v) && !looksLikeSecret(v), {
      expected: 'the name of a key in that Secret',
      fix: FIX,
    }),
  }),
  'the name of a Secret and of its key',
  "SecretKey.of('claude', 'key')",
);
