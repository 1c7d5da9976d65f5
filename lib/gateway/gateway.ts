import { Construct } from 'constructs';
import type { Context } from '../context';
import { controlReplicas } from '../control-plane';
import { componentLabels, container, hardenedPod, healthProbe } from '../isolation/pod';
import { HardenedDeployment, selectorOf } from '../isolation/workload';
import { type Container, KubeObject } from '../k8s';
import { digestName, PORT, UID } from '../names';
import { ENVOY, envoyArgs } from './command';
import { FRONT_TLS, GATEWAY_MEMORY, GATEWAY_TLS, gatewayFiles } from './gateway-bootstrap';
import { configMount, type Mount, memoryMount, secretMount, secretMounts } from './mounts';
import { CONFIG_DIRECTORY } from './sds';
import { ADMIN_DIRECTORY, HEALTH } from './service-listeners';
import { secretDirectory, secretKeysOf } from './upstream';

/** Secrets that cert-manager fills. */
export const GATEWAY_SECRETS = { tls: 'gateway-tls', front: 'gateway-front-tls' } as const;

/** Between the order to stop and the end of Envoy, callers learn that the pod is gone, and open answers end. */
const DRAIN_SECONDS = 20;

const mountsOf = (context: Context, config: string): Mount[] => [
  configMount('config', CONFIG_DIRECTORY, config),
  secretMount('tls', GATEWAY_TLS, GATEWAY_SECRETS.tls),
  secretMount('front-tls', FRONT_TLS, GATEWAY_SECRETS.front),
  ...secretMounts(secretKeysOf(context), secretDirectory),
  memoryMount('admin', ADMIN_DIRECTORY),
];

/** The image has no shell, so kubelet does the waiting (Kubernetes 1.30 and newer). */
const draining = (envoy: Container): Container =>
  ({ ...envoy, lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } } }) as Container;

/**
 * The one neighbour of every agent: its front, through which people ask, and its back, through which it uses models
 * and tools. It alone holds the credentials of upstreams.
 */
export class Gateway extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names, declaration, platform } = context;
    const namespace = names.control;
    const labels = componentLabels(context, 'gateway');
    const data = gatewayFiles(context);
    const config = digestName('gateway', data);
    const mounts = mountsOf(context, config);
    const replicas = controlReplicas(declaration);

    new KubeObject(this, 'config', 'ConfigMap', {
      metadata: context.metadata(config, {
        namespace,
        purpose: 'routes and checks of the gateway; named by its content',
      }),
      immutable: true,
      data,
    });
    new KubeObject(this, 'account', 'ServiceAccount', {
      metadata: context.metadata('gateway', { namespace, purpose: 'identity of the gateway; it is bound to no right' }),
      automountServiceAccountToken: false,
    });
    new KubeObject(this, 'service', 'Service', {
      metadata: context.metadata('gateway', { namespace, purpose: 'the one address that agents know' }),
      spec: {
        type: 'ClusterIP',
        ...(platform.gatewayAddress.kind === 'reserved' ? { clusterIP: platform.gatewayAddress.ip } : {}),
        selector: selectorOf(labels),
        ports: [
          { name: 'https', port: PORT.https, targetPort: PORT.https, protocol: 'TCP' },
          { name: 'back', port: PORT.back, targetPort: PORT.back, protocol: 'TCP' },
        ],
      },
    });
    new HardenedDeployment(this, 'Default', context, {
      name: 'gateway',
      namespace,
      purpose: 'front and back of every agent',
      replicas,
      labels,
      usesProductImages: true,
      pod: hardenedPod(context, {
        serviceAccount: 'gateway',
        containers: [
          draining(
            container(context, {
              name: 'gateway',
              image: declaration.images.images.envoy,
              uid: UID.control,
              command: ENVOY,
              args: envoyArgs({ workers: 2, drainSeconds: DRAIN_SECONDS }),
              ports: { https: PORT.https, back: PORT.back, health: PORT.health, metrics: PORT.metrics },
              mounts: mounts.map(({ mount }) => mount),
              cpu: '1',
              memory: GATEWAY_MEMORY.limit,
              startup: { ...healthProbe(HEALTH.ready, PORT.health, 2), failureThreshold: 60 },
              readiness: healthProbe(HEALTH.ready, PORT.health),
              liveness: healthProbe(HEALTH.live, PORT.health, 10),
            }),
          ),
        ],
        volumes: mounts.map(({ volume }) => volume),
        terminationGracePeriodSeconds: DRAIN_SECONDS + 10,
        ...(replicas > 1 ? { spread: selectorOf(labels) } : {}),
      }),
    });
  }
}
