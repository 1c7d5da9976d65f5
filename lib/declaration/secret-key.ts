import { z } from 'zod';
import { checked, type Expectation, explained, looksLikeSecret, made } from './_check';

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
  /** One key of a Secret. @param secret name of the Secret @param key key inside it */
  of: (secret: string, key: string): SecretKey => ({ secret, key }),
} as const;

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Secrets of the environment's own parts: keys of certificates, of the log, the authority that Falco is known by. */
const OWN =
  /^(ca|ledger-signing-key|falco-client-ca|(gateway|governor|approvals|ledger|warden|postgres)(-front)?-tls|(agent|model)-.*-tls)$/;
const FIX = "name the Secret, never paste its value: SecretKey.of('claude', 'key')";

const NAMED: Expectation = { expected: 'the name of a Secret in the control namespace', fix: FIX };

const nameProblem = (name: string): Expectation | undefined => {
  if (name.length > 200 || !SUBDOMAIN.test(name) || looksLikeSecret(name)) return NAMED;
  if (!OWN.test(name)) return undefined;
  return {
    expected: `a Secret of the upstream's own; the environment keeps keys of its parts in ${name}`,
    fix: `create a Secret of another name, such as my-${name}`,
  };
};

export const secretKeySchema: z.ZodType<SecretKey> = made(
  z.strictObject({
    secret: explained(z.string(), nameProblem, NAMED),
    key: checked(z.string(), (v) => /^[-._a-zA-Z0-9]{1,253}$/.test(v) && !looksLikeSecret(v), {
      expected: 'the name of a key in that Secret',
      fix: FIX,
    }),
  }),
  'the name of a Secret and of its key',
  "SecretKey.of('claude', 'key')",
);
