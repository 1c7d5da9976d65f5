import type { Context } from '../context';
import type { Agent, Isolation } from '../declaration/agent';
import { DEFAULT_AGENT_PORT, objectName, PORT } from '../names';
import { bootstrap } from './bootstrap';
import { cluster, connectCheck } from './cluster';
import { type Envoy, render } from './envoy';
import { fromAgents, HEADER, toAgents } from './headers';
import { LIMITS } from './limits';
import { httpListener } from './listener';
import { IDENTITY, TOKEN } from './mounts';
import { noticeFilters, toldOf } from './notice';
import { modelPath, modelsOf, peersAuthority, toolPath, toolsOf } from './paths';
import { BOOTSTRAP_FILE, caSecret, certificateSecret, genericSecret } from './sds';
import { adminCluster, healthListener, metricsListener } from './service-listeners';
import { clientTls, serverTls } from './tls';
import { sidecarTunnels } from './tunnels';
import { injector } from './upstream';

export const SIDECAR_MEMORY = { limit: '256Mi', heap: 192 * 1024 * 1024 } as const;

const AGENT = 'agent';
const GATEWAY = 'gateway';
const secretsUnder = (isolation: Isolation) => {
  const told = toldOf(isolation, IDENTITY);
  return {
    identity: certificateSecret('identity', IDENTITY, told),
    ca: caSecret('ca', IDENTITY, 'ca.crt', told),
    token: genericSecret('token', toldOf(isolation, TOKEN.directory), TOKEN.file),
  };
};
type Secrets = ReturnType<typeof secretsUnder>;

const inbound = (context: Context, agent: string, secrets: Secrets, deadlineSeconds: number): Envoy =>
  httpListener({
    name: 'inbound',
    address: '0.0.0.0',
    port: PORT.https,
    tls: serverTls({
      certificate: secrets.identity,
      callers: { ca: secrets.ca, dns: [context.names.service('gateway')] },
      alpn: ['h2'],
    }),
    virtualHosts: [
      {
        name: 'inbound',
        domains: [context.names.agentHost(agent)],
        request_headers_to_remove: toAgents,
        routes: [{ name: 'agent', match: { prefix: '/' }, route: { cluster: AGENT, timeout: '0s' } }],
      },
    ],
    filters: [],
    deadlineSeconds,
  });

const outbound = (context: Context, agent: string, deadlineSeconds: number): Envoy => {
  const upstreams = context.names.service('gateway');
  const doors = [
    ...modelsOf(context, agent).map(([name]) => [modelPath(name), upstreams] as const),
    ...toolsOf(context, agent)
      .filter(([, { kind }]) => kind !== 'opaqueHost')
      .map(([name, { kind }]) => [toolPath(name), kind === 'peer' ? peersAuthority(context) : upstreams] as const),
  ];
  const tunnels = sidecarTunnels(context, agent, GATEWAY);
  return httpListener({
    name: 'outbound',
    address: '127.0.0.1',
    port: PORT.outbound,
    virtualHosts: [
      {
        name: 'outbound',
        domains: ['127.0.0.1', 'localhost'],
        request_headers_to_remove: fromAgents(context.declaration),
        routes: doors.map(([prefix, authority]) => ({
          name: prefix.slice(1),
          match: { prefix: `${prefix}/` },
          route: { cluster: GATEWAY, host_rewrite_literal: authority, timeout: '0s' },
        })),
      },
      ...tunnels,
    ],
    filters: [],
    deadlineSeconds,
    tunnels: tunnels.length > 0,
  });
};

const declaredAgent = (context: Context, agent: string): Agent => {
  const declared = context.declaration.agents[agent];
  if (declared === undefined) throw new Error(`no agent '${agent}' in environment '${context.names.environment}'`);
  return declared;
};

/**
 * Envoy beside one agent. It enforces nothing, because the agent shares its network and could pass it by: it ends
 * mutual TLS, hands requests to the agent, and shows on the way out who the agent is.
 */
export const sidecarBootstrap = (context: Context, agent: string): Envoy => {
  const declared = declaredAgent(context, agent);
  const deadlineSeconds = context.declaration.approvals.deadline.seconds;
  const gateway = context.names.service('gateway');
  const secrets = secretsUnder(declared.isolation);
  return bootstrap({
    node: { id: objectName(agent), cluster: context.names.environment },
    listeners: [
      inbound(context, agent, secrets, deadlineSeconds),
      outbound(context, agent, deadlineSeconds),
      healthListener(
        GATEWAY,
        declared.health.kind === 'http' ? { path: declared.health.path, cluster: AGENT } : undefined,
        noticeFilters(declared.isolation, 'sidecar'),
      ),
      metricsListener,
    ],
    clusters: [
      cluster({ name: AGENT, port: declared.port ?? DEFAULT_AGENT_PORT, protocol: 'http1' }),
      cluster({
        name: GATEWAY,
        // The name stands in /etc/hosts: the pod has no name server.
        host: gateway,
        port: PORT.back,
        protocol: 'http2',
        tls: clientTls({ host: gateway, ca: secrets.ca, certificate: secrets.identity }),
        filters: [injector(secrets.token, HEADER.token)],
        healthChecks: [connectCheck],
      }),
      adminCluster,
    ],
    maxConnections: LIMITS.sidecarConnections,
    maxHeapBytes: SIDECAR_MEMORY.heap,
  });
};

const written = new WeakMap<object, Map<string, Readonly<Record<string, string>>>>();

/** Files of a sidecar's ConfigMap; worked out once for a declaration, which is frozen. */
export const sidecarFiles = (context: Context, agent: string): Readonly<Record<string, string>> => {
  const ofDeclaration = written.get(context.declaration) ?? new Map<string, Readonly<Record<string, string>>>();
  const known = ofDeclaration.get(agent) ?? filesOf(context, agent);
  written.set(context.declaration, ofDeclaration.set(agent, known));
  return known;
};

const filesOf = (context: Context, agent: string): Record<string, string> => ({
  [BOOTSTRAP_FILE]: render(sidecarBootstrap(context, agent)),
  ...Object.fromEntries(
    Object.values(secretsUnder(declaredAgent(context, agent).isolation)).map(({ file, content }) => [file, content]),
  ),
});
