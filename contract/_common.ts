import { z } from 'zod';
import { CONTRACT_VERSION } from './version';

/**
 * Versions that a service reads: its own and the one before, where there is one. A service of a release meets a file of
 * the one before while both roll out, and never another.
 */
export const VERSIONS_READ: readonly number[] = [CONTRACT_VERSION, CONTRACT_VERSION - 1].filter((one) => one > 0);

export const version = z.literal([...VERSIONS_READ]);
export const seconds = z.int().min(1);
/** Absolute path of a mounted file. */
export const file = z.string().regex(/^\/etc\/firepit\/|^\/var\/run\/firepit\//);
/** Server of another part of the environment. */
export const peer = z.strictObject({ host: z.string(), port: z.int().min(1).max(65535) });
/** A server certificate that people's browsers or the ingress verify. */
export const page = z.strictObject({ certificate: file, key: file });
/** Mutual TLS: own certificate, and the environment's CA. */
export const tls = z.strictObject({ certificate: file, key: file, ca: file });
/** Where traces, metrics and logs go. */
export const telemetry = z.strictObject({
  endpoint: peer,
  ca: file.optional(),
  service: z.string(),
  environment: z.string(),
});
/** What every service listens on. */
export const listen = z.strictObject({
  https: z.int().optional(),
  back: z.int().optional(),
  decide: z.int().optional(),
  health: z.int(),
  metrics: z.int(),
});
const provider = {
  issuer: z.url(),
  audience: z.string(),
  groupsClaim: z.string(),
  /** CA certificate of the issuer. @default - the system's trust store */
  ca: file.optional(),
};
/** Who knows the people. The issuer of a token says which of several it is. */
export const oidc = z
  .strictObject({
    ...provider,
    /** Policies know its people and groups as `<name>/…`. @default - as they are: there is no other provider */
    name: z.string().optional(),
    others: z.array(z.strictObject({ ...provider, name: z.string() })).optional(),
  })
  .refine(({ name, others }) => others === undefined || name !== undefined, 'one of several providers has a name');
export const principal = z.string().regex(/^(user|group):/);
export const state = z.strictObject({
  host: z.string(),
  port: z.int(),
  database: z.string(),
  user: z.string(),
  /** File with the password; absent ⇒ the client certificate authenticates. */
  passwordFile: file.optional(),
  ca: file.optional(),
  /** A service is not ready while the server runs without these. */
  require: z.strictObject({ fsync: z.literal(true), synchronousCommit: z.literal(true) }),
});
