import { z } from 'zod';
import { looksLikeSecret } from './_check';

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

export const secretKeySchema: z.ZodType<SecretKey> = z
  .strictObject({ secret: z.string(), key: z.string() })
  .superRefine((value, ctx) => {
    for (const field of ['secret', 'key'] as const) {
      const found = value[field];
      const shape =
        field === 'secret' ? SUBDOMAIN.test(found) && found.length <= 200 : /^[-._a-zA-Z0-9]{1,253}$/.test(found);
      if (shape && !looksLikeSecret(found)) continue;
      ctx.addIssue({
        code: 'custom',
        path: [field],
        message:
          field === 'secret' ? 'the name of a Secret in the control namespace' : 'the name of a key in that Secret',
        params: {
          fix: 'name the Secret, never paste its value: SecretKey.of("claude", "key")',
          found: looksLikeSecret(found) ? '(hidden: it looks like a credential)' : found,
        },
      });
    }
  });
