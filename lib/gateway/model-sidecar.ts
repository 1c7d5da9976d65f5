import type { Context } from '../context';
import type { SelfHostedModel } from '../declaration';
import type { Isolation } from '../declaration/agent';
import type { Container, Volume } from '../k8s';
import { DEFAULT_MODEL_PORT, digestName, modelLabel, objectName, PORT } from '../names';
import { identitySecret } from '../runtime/objects';
import { bootstrap } from './bootstrap';
import { cluster, connectCheck } from './cluster';
import { type Envoy, render } from './envoy';
import { toAgents } from './headers';
import { LIMITS } from './limits';
import { exactly, httpListener } from './listener';
import { configMount, IDENTITY, memoryMount, secretMount } from './mounts';
import { noticeFilters, toldOf } from './notice';
import { MODEL_API } from './paths';
import { BOOTSTRAP_FILE, CONFIG_DIRECTORY, caSecret, certificateSecret } from './sds';
import { ADMIN_DIRECTORY, adminCluster, healthListener, metricsListener } from './service-listeners';
import { sidecarContainer } from './sidecar';
import { SIDECAR_MEMORY } from './sidecar-bootstrap';
import { clientTls, serverTls } from './tls';

const SERVER = 'model';
const SELF = 'self';
const secretsUnder = (isolation: Isolation) => {
  const told = toldOf(isolation, IDENTITY);
  return {
    identity: certificateSecret('identity', IDENTITY, told),
    ca: caSecret('ca', IDENTITY, 'ca.crt', told),
  };
};

/**
 * Envoy beside the server of a model of one's own. It takes requests of the gateway alone, and of those only calls of
 * the protocol: what else a server offers, such as loading another model, has no route.
 */
export const modelSidecarBootstrap = (context: Context, name: string, model: SelfHostedModel): Envoy => {
  const { names, declaration } = context;
  const host = names.modelHost(name);
  const gateway = names.service('gateway');
  const { isolation } = model.server;
  const secrets = secretsUnder(isolation);
  return bootstrap({
    node: { id: modelLabel(name), cluster: names.environment },
    listeners: [
      httpListener({
        name: 'inbound',
        address: '0.0.0.0',
        port: PORT.https,
        tls: serverTls({
          certificate: secrets.identity,
          callers: { ca: secrets.ca, dns: [gateway] },
          alpn: ['h2'],
        }),
        virtualHosts: [
          {
            name: 'inbound',
            domains: [host],
            request_headers_to_remove: toAgents,
            routes: MODEL_API.openai.calls.map((path) => ({
              name: path.slice(1),
              match: exactly('POST', path),
              route: { cluster: SERVER, timeout: '0s' },
            })),
          },
        ],
        filters: [],
        deadlineSeconds: declaration.approvals.deadline.seconds,
      }),
      healthListener(
        SELF,
        model.server.health.kind === 'http' ? { path: model.server.health.path, cluster: SERVER } : undefined,
        noticeFilters(isolation, 'model'),
      ),
      metricsListener,
    ],
    clusters: [
      cluster({ name: SERVER, port: model.server.port ?? DEFAULT_MODEL_PORT, protocol: 'http1' }),
      // Ready when its own door shows a certificate that the gateway will accept.
      cluster({
        name: SELF,
        port: PORT.https,
        protocol: 'http2',
        tls: clientTls({ host, ca: secrets.ca, certificate: secrets.identity }),
        healthChecks: [connectCheck],
      }),
      adminCluster,
    ],
    maxConnections: LIMITS.sidecarConnections,
    maxHeapBytes: SIDECAR_MEMORY.heap,
  });
};

/** Files of the ConfigMap of a model's sidecar. */
export const modelSidecarFiles = (context: Context, name: string, model: SelfHostedModel): Record<string, string> => ({
  [BOOTSTRAP_FILE]: render(modelSidecarBootstrap(context, name, model)),
  ...Object.fromEntries(
    Object.values(secretsUnder(model.server.isolation)).map(({ file, content }) => [file, content]),
  ),
});

/** What a model's pod gets of its sidecar. */
export interface ModelSidecar {
  /** Immutable ConfigMap. */
  readonly config: { readonly name: string; readonly data: Readonly<Record<string, string>> };
  readonly container: Container;
  readonly volumes: readonly Volume[];
}

/** Everything the pod of a model needs for its sidecar. */
export const modelSidecar = (context: Context, name: string, model: SelfHostedModel): ModelSidecar => {
  const data = modelSidecarFiles(context, name, model);
  const config = digestName(`${objectName(name)}-sidecar`, data);
  const mounts = [
    configMount('sidecar-config', CONFIG_DIRECTORY, config),
    secretMount('sidecar-identity', IDENTITY, identitySecret(name)),
    memoryMount('sidecar-admin', ADMIN_DIRECTORY),
  ];
  return {
    config: { name: config, data },
    container: sidecarContainer(context, mounts),
    volumes: mounts.map(({ volume }) => volume),
  };
};
