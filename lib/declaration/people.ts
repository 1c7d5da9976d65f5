import { z } from 'zod';
import { list, made, named, prose, says, text, whole } from './_check';
import { type Duration, durationSchema } from './duration';
import { type InClusterService, internalEndpointSchema, type PrivateHost } from './endpoint';
import { hostSchema, issuerUrl } from './host';

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
  /** A team. @param props.deployers who may change the environment in the cluster */
  team: (team: string, props: { readonly contact: string; readonly deployers: readonly Deployer[] }): Owner => ({
    ...props,
    team,
  }),
} as const;

/** An identity provider of people. */
export interface IdentityProvider {
  readonly kind: 'oidc';
  readonly issuer: string;
  readonly audience: string;
  readonly groupsClaim: string;
  /** Where the issuer's host is, if not on the internet. @default - public addresses, a public certificate */
  readonly at?: PrivateHost | InClusterService;
}
/** The people who ask agents, known by an identity provider, or by one of several. */
export type Users =
  | IdentityProvider
  | { readonly kind: 'oneOf'; readonly providers: Readonly<Record<string, IdentityProvider>> };
/** Makes {@link Users}. */
export const Users = {
  /**
   * @param props.groupsClaim @default 'groups'
   * @param props.at the issuer's host, in a private network or as a Service of the cluster @default - public addresses
   */
  oidc: (
    props: Omit<IdentityProvider, 'kind' | 'groupsClaim'> & { readonly groupsClaim?: string },
  ): IdentityProvider => ({
    ...props,
    kind: 'oidc',
    groupsClaim: props.groupsClaim ?? 'groups',
  }),
  /**
   * Several providers, by names of your own. The issuer of a token says which one it is; its people and groups are
   * `user:<name>/…` and `group:<name>/…`, so that nobody of one provider is somebody of another.
   */
  oneOf: (providers: Readonly<Record<string, IdentityProvider>>): Users => ({ kind: 'oneOf', providers }),
} as const;

/** Identity providers with their names; the only one has none. */
export const providersOf = (users: Users): readonly [NamedProvider, ...NamedProvider[]] =>
  users.kind === 'oidc' ? [[undefined, users]] : (Object.entries(users.providers) as unknown as [NamedProvider]);
type NamedProvider = readonly [name: string | undefined, provider: IdentityProvider];

/** The same people, each of their providers changed. */
export const withProviders = (
  users: Users,
  change: (provider: IdentityProvider, name?: string) => IdentityProvider,
): Users =>
  users.kind === 'oidc'
    ? change(users)
    : {
        kind: 'oneOf',
        providers: Object.fromEntries(
          Object.entries(users.providers).map(([name, provider]) => [name, change(provider, name)]),
        ),
      };

/** TCP port of the identity provider. */
export const issuerPort = ({ issuer }: IdentityProvider): number => Number(new URL(issuer).port || 443);

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

const DEPLOYER =
  /^((user|group):[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,199}|serviceaccount:[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253})$/;
export const deployerSchema = text(DEPLOYER, {
  expected: 'user:<name>, group:<name> or serviceaccount:<namespace>/<name>',
  fix: 'write it as serviceaccount:argocd/argocd-application-controller',
}) as unknown as z.ZodType<Deployer>;

export const ownerSchema: z.ZodType<Owner> = made(
  z.strictObject({
    team: prose(1, 63, 'the name of a team', 'support-platform'),
    contact: prose(3, 200, 'how to reach the team', 'support-platform@example.com'),
    deployers: list(deployerSchema, { min: 1, max: 16 }, 'Kubernetes identities that may change the environment'),
  }),
  'an owner',
  "Owner.team('support-platform', { contact, deployers })",
);

const provider = z.strictObject({
  kind: z.literal('oidc'),
  issuer: issuerUrl,
  audience: prose(1, 200, 'the audience of the tokens', 'support-desk'),
  groupsClaim: text(/^[A-Za-z0-9_:/.-]{1,100}$/, { expected: 'the name of a claim', fix: "write it as 'groups'" }),
  at: internalEndpointSchema.optional(),
});
export const usersSchema: z.ZodType<Users> = made(
  z.discriminatedUnion('kind', [
    provider,
    z.strictObject({
      kind: z.literal('oneOf'),
      providers: named(made(provider, 'an identity provider', 'Users.oidc({ issuer, audience })'), 20, {
        expected: 'identity providers by name',
        fix: 'write { staff: Users.oidc({ issuer, audience }), partners: Users.oidc({ issuer, audience }) }',
      }),
    }),
  ]),
  'the identity provider of users',
  'Users.oidc({ issuer, audience })',
);

export const approvalsSchema: z.ZodType<Approvals> = says(
  z.strictObject({
    approvers: list(principalSchema, { max: 64 }, 'the people or groups who may approve'),
    deadline: durationSchema(30, 7 * 86400),
    host: hostSchema,
    quorum: whole(1, 5).optional(),
  }),
  { expected: 'who decides, until when, and where', fix: 'write { approvers, deadline, host }' },
);
