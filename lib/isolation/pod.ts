import type { Context } from '../context';
import type { Container, EnvVar, PodSpec, Probe, Volume, VolumeMount } from '../k8s';
import { type Component, LABEL, UID } from '../names';

/** One container, before hardening. */
export interface ContainerProps {
  readonly name: string;
  readonly image: string;
  /** User where the platform lets us choose. */
  readonly uid: number;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: Readonly<Record<string, number>>;
  readonly mounts?: readonly VolumeMount[];
  /** CPU request; there is no CPU limit below it. */
  readonly cpu: string;
  /** Memory request and limit. */
  readonly memory: string;
  /** Devices of its node. @default - none */
  readonly devices?: { readonly resource: string; readonly count: number };
  /** Other resources of which it asks for one unit. @default - none */
  readonly asks?: readonly string[];
  readonly readiness?: Probe;
  readonly liveness?: Probe;
  readonly startup?: Probe;
  /** A native sidecar: an init container that keeps running. @default false */
  readonly sidecar?: boolean;
  readonly preStop?: readonly string[];
}

/** Reserved in full: a pod that spills over takes no disk from its neighbours, and is evicted alone. */
const STORAGE = '256Mi';

const resources = ({ cpu, memory, devices, asks = [] }: ContainerProps) => ({
  cpu,
  memory,
  'ephemeral-storage': STORAGE,
  ...(devices === undefined ? {} : { [devices.resource]: String(devices.count) }),
  ...Object.fromEntries(asks.map((resource) => [resource, '1'])),
});

/** A container as Pod Security `restricted` and the minimum bar want it. */
export const container = (context: Pick<Context, 'platform'>, props: ContainerProps): Container => ({
  name: props.name,
  image: props.image,
  imagePullPolicy: 'IfNotPresent',
  ...(props.command === undefined ? {} : { command: props.command }),
  ...(props.args === undefined ? {} : { args: props.args }),
  ...(props.env === undefined ? {} : { env: props.env }),
  ...(props.ports === undefined
    ? {}
    : {
        ports: Object.entries(props.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
      }),
  ...(props.mounts === undefined ? {} : { volumeMounts: props.mounts }),
  resources: {
    requests: resources(props),
    limits: resources(props),
  },
  ...(props.sidecar === true ? { restartPolicy: 'Always' } : {}),
  ...(props.startup === undefined ? {} : { startupProbe: props.startup }),
  ...(props.readiness === undefined ? {} : { readinessProbe: props.readiness }),
  ...(props.liveness === undefined ? {} : { livenessProbe: props.liveness }),
  ...(props.preStop === undefined ? {} : { lifecycle: { preStop: { exec: { command: props.preStop } } } }),
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: {
    ...context.platform.containerUser(props.uid),
    runAsNonRoot: true,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
});

/** A probe of the health port; it sets no host, as Pod Security demands. */
export const healthProbe = (path: string, port: number, periodSeconds = 5): Probe => ({
  httpGet: { path, port, scheme: 'HTTP' },
  periodSeconds,
  timeoutSeconds: 2,
  failureThreshold: 3,
});

/** Labels of a control-plane pod. */
export const componentLabels = (context: Context, component: Component): Readonly<Record<string, string>> => ({
  [LABEL.environment]: context.names.environment,
  [LABEL.component]: component,
  'app.kubernetes.io/name': component,
});

export interface PodProps {
  readonly serviceAccount: string;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly Volume[];
  /** Group that owns mounted files where the platform lets us choose. @default - that of the control plane */
  readonly group?: number;
  readonly terminationGracePeriodSeconds: number;
  /** Whether its containers start again when they end. @default 'Always' */
  readonly restartPolicy?: 'Always' | 'Never';
  /** @default - a user namespace */
  readonly runtimeClassName?: string;
  /** Without DNS, names resolve from these aliases alone. @default - the cluster's DNS */
  readonly withoutDns?: { readonly hostAliases?: PodSpec['hostAliases'] };
  /** Pods to spread over zones and nodes; given for more than one replica. */
  readonly spread?: Readonly<Record<string, string>>;
}

/** A pod as the minimum bar wants it: no token, no shared namespaces, no service links. */
export const hardenedPod = (context: Context, props: PodProps): PodSpec => ({
  serviceAccountName: props.serviceAccount,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  shareProcessNamespace: false,
  ...(props.runtimeClassName === undefined ? { hostUsers: false } : { runtimeClassName: props.runtimeClassName }),
  ...(props.withoutDns === undefined
    ? { dnsPolicy: 'ClusterFirst' }
    : {
        // Lookups fail at once instead of timing out.
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['127.0.0.1'] },
        ...(props.withoutDns.hostAliases === undefined ? {} : { hostAliases: props.withoutDns.hostAliases }),
      }),
  restartPolicy: props.restartPolicy ?? 'Always',
  terminationGracePeriodSeconds: props.terminationGracePeriodSeconds,
  securityContext: {
    ...context.platform.podSecurityContext(props.group ?? UID.control),
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  ...(props.spread === undefined
    ? {}
    : {
        topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: props.spread ?? {} },
        })),
      }),
  ...(props.initContainers === undefined ? {} : { initContainers: props.initContainers }),
  containers: props.containers,
  volumes: props.volumes,
});
