import { z } from 'zod';
import { text } from './_check';
import { type Duration, durationSchema } from './duration';
import { hostSchema } from './endpoint';
import { httpsUrl } from './supply-chain';

/** A person or a group, as the identity provider names them. */
export type Principal = `user:${string}` | `group:${string}`;
/** Who may change the environment's objects in the cluster. */
export type Deployer = `user:${string}` | `group:${string}` | `serviceaccount:${string}/${string}`;

/** Who answers for the environment. */
export interface Owner {
  readonly team: string;
  /** How to reach them: an address, a channel. */
  readonly contact: string;
  /** Kubernetes identities that may change the environment's objects; system:masters always may. */
  readonly deployers: readonly Deployer[];
}
/** Makes {@link Owner}s. */
export const Owner = {
  team: (team: string, props: { readonly contact: string; readonly deployers: readonly Deployer[] }): Owner => ({
    ...props,
    team,
  }),
} as const;

/** The people who ask agents, known by their identity provider. */
export interface Users {
  readonly kind: 'oidc';
  readonly issuer: string;
  readonly audience: string;
  readonly groupsClaim: string;
}
/** Makes {@link Users}. */
export const Users = {
  /** @param props.groupsClaim @default 'groups' */
  oidc: (props: { readonly issuer: string; readonly audience: string; readonly groupsClaim?: string }): Users => ({
    ...props,
    kind: 'oidc',
    groupsClaim: props.groupsClaim ?? 'groups',
  }),
} as const;

/** The people who decide about risky calls. No answer by the deadline is a no; there is no other setting. */
export interface Approvals {
  readonly approvers: readonly Principal[];
  readonly deadline: Duration;
  /** Where the approvals page answers. */
  readonly host: string;
  /** How many different people must say yes. @default 1 */
  readonly quorum?: number;
}

export const principalSchema = text(/^(user|group):[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,199}$/, {
  expected: 'user:<name> or group:<name>, as the identity provider writes it',
  fix: 'write it as group:support',
}) as unknown as z.ZodType<Principal>;

const deployer = text(
  /^((user|group):[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,199}|serviceaccount:[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253})$/,
  {
    expected: 'user:<name>, group:<name> or serviceaccount:<namespace>/<name>',
    fix: 'write it as serviceaccount:argocd/argocd-application-controller',
  },
) as unknown as z.ZodType<Deployer>;

export const ownerSchema: z.ZodType<Owner> = z.strictObject({
  team: z.string().min(1).max(63),
  contact: z.string().min(3).max(200),
  deployers: z.array(deployer).min(1).max(16),
});

export const usersSchema: z.ZodType<Users> = z.strictObject({
  kind: z.literal('oidc'),
  issuer: httpsUrl,
  audience: z.string().min(1).max(200),
  groupsClaim: text(/^[A-Za-z0-9_:/.-]{1,100}$/, { expected: 'the name of a claim', fix: "write it as 'groups'" }),
});

export const approvalsSchema: z.ZodType<Approvals> = z.strictObject({
  approvers: z.array(principalSchema).max(64),
  deadline: durationSchema(30, 7 * 86400),
  host: hostSchema,
  quorum: z.int().min(1).max(5).optional(),
});
