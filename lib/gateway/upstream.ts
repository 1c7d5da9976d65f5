import type { Context } from '../context';
import type { Auth, Endpoint, SecretKey } from '../declaration';
import { NOT_PUBLIC_V4, NOT_PUBLIC_V6, parseCidr } from '../declaration/cidr';
import { hostOf } from '../declaration/endpoint';
import { upstreamTools } from '../declaration/tool';
import { placedModels } from '../model-place';
import { cluster } from './cluster';
import { type Envoy, extension, typed } from './envoy';
import { roomOf, tunnelRoom } from './room';
import { caSecret, type FileSecret, genericSecret, sdsConfig } from './sds';
import { clientTls } from './tls';

/** Where the gateway mounts one Secret of the user. */
export const secretDirectory = (secret: string): string => `/var/run/firepit/secrets/${secret}`;

/** Something agents use through the gateway. */
export interface Upstream {
  /** Cluster: `model-claude`, `tool-tickets`. */
  readonly name: string;
  readonly at: Endpoint;
  readonly auth: Auth;
  /** Whether it belongs to the environment: both sides show certificates of its authority. @default false */
  readonly own?: boolean;
  /** How many tunnels there may be at once; nothing else goes there. @default - it is no opaque host */
  readonly tunnels?: number;
}

/** The models and tools that any agent may use. What nobody may use has neither a cluster nor a credential. */
export const upstreamsOf = (context: Context): Upstream[] => {
  const { tools, agents } = context.declaration;
  const used = Object.values(agents);
  return [
    ...placedModels(context.declaration)
      .filter(([name]) => used.some((agent) => agent.models.includes(name)))
      .map(([name, model]) => ({ ...model, name: modelCluster(name) })),
    ...upstreamTools(tools)
      .filter(([name]) => used.some((agent) => agent.tools.some((operation) => operation.startsWith(`${name}.`))))
      .map(([name, tool]) => ({
        name: toolCluster(name),
        at: tool.at,
        auth: tool.auth,
        ...(tool.kind === 'opaqueHost' ? { tunnels: tunnelRoom(context, name, tool) } : {}),
      })),
  ];
};
export const modelCluster = (model: string): string => `model-${model}`;
export const toolCluster = (tool: string): string => `tool-${tool}`;

/** Keys of Secrets that the gateway reads for its upstreams. */
export const secretKeysOf = (context: Context): SecretKey[] =>
  upstreamsOf(context).flatMap(({ at, auth }) => [
    ...(auth.kind === 'none' ? [] : [auth.secret]),
    ...(at.kind !== 'external' && at.ca !== undefined ? [at.ca] : []),
  ]);

/** The files that describe an upstream's secrets to Envoy. */
export const upstreamSecrets = ({ name, at, auth }: Upstream): { credential?: FileSecret; ca?: FileSecret } => ({
  ...(auth.kind === 'none'
    ? {}
    : { credential: genericSecret(`${name}-credential`, secretDirectory(auth.secret.secret), auth.secret.key) }),
  ...(at.kind !== 'external' && at.ca !== undefined
    ? { ca: caSecret(`${name}-ca`, secretDirectory(at.ca.secret), at.ca.key) }
    : {}),
});

const address = (range: string): Envoy => {
  const { address: address_prefix, prefix: prefix_len } = parseCidr(range) as { address: string; prefix: number };
  return {
    matcher: extension(
      'envoy.rbac.matchers.upstream_ip_port',
      'envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher',
      { upstream_ip: { address_prefix, prefix_len } },
    ),
  };
};
const any = (rules: readonly Envoy[]): Envoy => ({ or_rules: { rules } });

/** Addresses an upstream may have, whatever a name server says. */
const allowed = (at: Endpoint, { pods, services, nodes }: Context['declaration']['platform']): Envoy => {
  if (at.kind === 'private') return any(at.cidrs.map(address));
  if (at.kind === 'inCluster') return any([...services, ...pods].map(address));
  const forbidden = [...NOT_PUBLIC_V4, ...NOT_PUBLIC_V6, ...pods, ...services, ...nodes];
  return {
    and_rules: {
      // A rule about an address never matches where there is none, so "not forbidden" alone would let that pass.
      rules: [any(['0.0.0.0/0', '::/0'].map(address)), { not_rule: any(forbidden.map(address)) }],
    },
  };
};

/** Refuses after the address is chosen and before anything is sent. */
const addressGuard = (at: Endpoint, context: Context): Envoy =>
  extension('envoy.filters.http.upstream_rbac', 'envoy.extensions.filters.http.rbac.v3.RBAC', {
    rules: {
      action: 'ALLOW',
      policies: {
        addresses: { permissions: [allowed(at, context.declaration.platform)], principals: [{ any: true }] },
      },
    },
  });

/**
 * Adds a credential, replacing what anybody else put there; without it the request fails. As a filter of the cluster
 * it is bound to the upstream itself, and runs after the route has removed what the agent sent.
 */
export const injector = (secret: FileSecret, header: string, prefix = ''): Envoy =>
  extension(
    'envoy.filters.http.credential_injector',
    'envoy.extensions.filters.http.credential_injector.v3.CredentialInjector',
    {
      overwrite: true,
      allow_request_without_credential: false,
      credential: {
        name: 'envoy.http.injected_credentials.generic',
        typed_config: typed('envoy.extensions.http.injected_credentials.generic.v3.Generic', {
          credential: sdsConfig(secret),
          header,
          ...(prefix === '' ? {} : { header_value_prefix: prefix }),
        }),
      },
    },
  );

const credentialFilters = (upstream: Upstream): Envoy[] => {
  const { credential } = upstreamSecrets(upstream);
  if (credential === undefined) return [];
  return upstream.auth.kind === 'apiKey'
    ? [injector(credential, upstream.auth.header)]
    : [injector(credential, 'authorization', 'Bearer ')];
};

/**
 * The cluster of an upstream: its addresses, its certificate, its credential. In a tunnel the caller speaks TLS, and
 * verifies whom it reached.
 * @param mutual TLS between parts of the environment
 */
export const upstreamCluster = (context: Context, upstream: Upstream, mutual: (host: string) => Envoy): Envoy => {
  const host = hostOf(upstream.at);
  const { ca } = upstreamSecrets(upstream);
  return cluster({
    name: upstream.name,
    host,
    port: upstream.at.port,
    ...(upstream.tunnels === undefined
      ? {
          protocol: 'negotiated',
          tls: upstream.own === true ? mutual(host) : clientTls({ host, ...(ca === undefined ? {} : { ca }) }),
        }
      : { protocol: 'http1' }),
    room: upstream.tunnels ?? roomOf(context),
    filters: [addressGuard(upstream.at, context), ...credentialFilters(upstream)],
  });
};
