import type { Context } from '../context';
import { PORT } from '../names';
import { bootstrap } from './bootstrap';
import { cluster, connectCheck } from './cluster';
import { decision, GOVERNOR, noLeave, whole } from './decision';
import { type Envoy, render } from './envoy';
import { LIMITS } from './limits';
import { httpListener } from './listener';
import { roomOf } from './room';
import { agentCluster, backVirtualHost, callerGuard, frontVirtualHost, peersVirtualHosts } from './routes';
import { BOOTSTRAP_FILE, caSecret, certificateSecret, type FileSecret } from './sds';
import { adminCluster, healthListener, metricsListener } from './service-listeners';
import { clientTls, serverTls } from './tls';
import { gatewayTunnels } from './tunnels';
import { upstreamCluster, upstreamSecrets, upstreamsOf } from './upstream';

/** Where the gateway's own certificates are mounted. */
export const GATEWAY_TLS = '/var/run/firepit/tls';
export const FRONT_TLS = '/var/run/firepit/front-tls';
/** Memory of one gateway pod, and the heap at which it stops taking requests. */
export const GATEWAY_MEMORY = { limit: '768Mi', heap: 640 * 1024 * 1024 } as const;

const SELF = 'self';
const secrets = {
  identity: certificateSecret('gateway', GATEWAY_TLS),
  ca: caSecret('ca', GATEWAY_TLS),
  front: certificateSecret('front', FRONT_TLS),
};
const mutual = (host: string): Envoy => clientTls({ host, ca: secrets.ca, certificate: secrets.identity });

const listeners = (context: Context): Envoy[] => {
  const deadlineSeconds = context.declaration.approvals.deadline.seconds;
  const agents = Object.keys(context.declaration.agents);
  const tunnels = gatewayTunnels(context);
  return [
    httpListener({
      name: 'front',
      address: '0.0.0.0',
      port: PORT.https,
      tls: serverTls({ certificate: secrets.front, alpn: ['h2', 'http/1.1'] }),
      virtualHosts: [frontVirtualHost(context)],
      filters: [decision('front', deadlineSeconds), whole],
      deadlineSeconds,
    }),
    httpListener({
      name: 'back',
      address: '0.0.0.0',
      port: PORT.back,
      tls: serverTls({
        certificate: secrets.identity,
        callers: { ca: secrets.ca, dns: agents.map((agent) => context.names.agentHost(agent)) },
        alpn: ['h2'],
      }),
      virtualHosts: [backVirtualHost(context), ...peersVirtualHosts(context), ...tunnels],
      filters: [decision('back', deadlineSeconds), whole, callerGuard],
      deadlineSeconds,
      tellsCertificate: true,
      tunnels: tunnels.length > 0,
    }),
    healthListener(SELF),
    metricsListener,
  ];
};

const clusters = (context: Context): Envoy[] => [
  ...Object.keys(context.declaration.agents).map((agent) =>
    cluster({
      name: agentCluster(agent),
      host: `${context.names.agentHost(agent)}.cluster.local`,
      port: PORT.https,
      protocol: 'http2',
      tls: mutual(context.names.agentHost(agent)),
    }),
  ),
  ...upstreamsOf(context).map((upstream) => upstreamCluster(context, upstream, mutual)),
  cluster({
    name: GOVERNOR,
    host: `${context.names.service('governor')}.cluster.local`,
    port: PORT.decide,
    protocol: 'watched',
    tls: mutual(context.names.service('governor')),
    room: roomOf(context),
    filters: [noLeave],
  }),
  // The gateway is ready when its own back door shows a certificate that callers will accept.
  cluster({
    name: SELF,
    port: PORT.back,
    protocol: 'http2',
    tls: mutual(context.names.service('gateway')),
    healthChecks: [connectCheck],
  }),
  adminCluster,
];

/** Envoy of the gateway pods. */
export const gatewayBootstrap = (context: Context): Envoy =>
  bootstrap({
    node: { id: 'gateway', cluster: context.names.environment },
    listeners: listeners(context),
    clusters: clusters(context),
    maxConnections: LIMITS.gatewayConnections,
    listenerConnections: { back: LIMITS.agentConnections },
    maxHeapBytes: GATEWAY_MEMORY.heap,
  });

const written = new WeakMap<object, Readonly<Record<string, string>>>();

/** Files of the gateway's ConfigMap; worked out once for a declaration, which is frozen. */
export const gatewayFiles = (context: Context): Readonly<Record<string, string>> => {
  const known = written.get(context.declaration) ?? filesOf(context);
  written.set(context.declaration, known);
  return known;
};

const filesOf = (context: Context): Record<string, string> => {
  const described: FileSecret[] = [
    ...Object.values(secrets),
    ...upstreamsOf(context).flatMap((upstream) => Object.values(upstreamSecrets(upstream))),
  ];
  return {
    [BOOTSTRAP_FILE]: render(gatewayBootstrap(context)),
    ...Object.fromEntries(described.map(({ file, content }) => [file, content])),
  };
};
