import { PORT } from '../names';
import { pipeCluster } from './cluster';
import { type Envoy, extension } from './envoy';
import { exactly, serviceListener } from './listener';

/** Directory of the admin socket: a volume that no other container mounts. */
export const ADMIN_DIRECTORY = '/var/run/envoy';
const ADMIN_SOCKET = `${ADMIN_DIRECTORY}/admin.sock`;
const ADMIN = 'admin';

/** Paths of the health port. */
export const HEALTH = {
  /** Envoy serves. */
  live: '/live',
  /** Envoy serves, its certificate is there, and whom it needs can be reached. */
  ready: '/ready',
  /** The agent beside the sidecar says that it works. */
  agent: '/agent',
} as const;
export const METRICS_PATH = '/stats/prometheus';

/** Answers Envoy's own questions on a Unix socket, and only those that Firepit asks: a pod's loopback is the agent's too. */
export const admin: Envoy = {
  address: { pipe: { path: ADMIN_SOCKET, mode: 0o600 } },
  allow_paths: [{ exact: METRICS_PATH }],
};

export const adminCluster = pipeCluster(ADMIN, ADMIN_SOCKET);

/**
 * @param needs the cluster that must be reachable for `/ready`
 * @param agentHealth path of the agent's own health check, and its cluster
 * @param first filters that run before anything is answered @default - none
 */
export const healthListener = (
  needs: string,
  agentHealth?: { readonly path: string; readonly cluster: string },
  first: readonly Envoy[] = [],
): Envoy =>
  serviceListener('health', PORT.health, {
    filters: [
      ...first,
      extension('envoy.filters.http.health_check', 'envoy.extensions.filters.http.health_check.v3.HealthCheck', {
        pass_through_mode: false,
        headers: [{ name: ':path', string_match: { exact: HEALTH.ready } }],
        cluster_min_healthy_percentages: { [needs]: { value: 1 } },
      }),
    ],
    routes: [
      { name: 'live', match: exactly('GET', HEALTH.live), direct_response: { status: 200 } },
      ...(agentHealth === undefined
        ? []
        : [
            {
              name: 'agent',
              match: exactly('GET', HEALTH.agent),
              route: { cluster: agentHealth.cluster, prefix_rewrite: agentHealth.path, timeout: '2s' },
            },
          ]),
    ],
  });

export const metricsListener: Envoy = serviceListener('metrics', PORT.metrics, {
  routes: [
    {
      name: 'metrics',
      match: exactly('GET', METRICS_PATH),
      route: { cluster: ADMIN, timeout: '5s' },
    },
  ],
});
