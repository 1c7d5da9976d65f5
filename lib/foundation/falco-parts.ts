import type { Falco } from '../declaration/foundation';
import type { Mount } from '../gateway/mounts';
import { configMount } from '../gateway/mounts';
import type { Container, NetworkPolicySpec, Volume } from '../k8s';
import { digestName, SYSTEM_NAMESPACE, UID } from '../names';
import { falcoRulesName, RULES_FILE } from '../runtime/falco';
import type { FoundationContext } from './context';
import { FALCO_PORT, falcoYaml, HOST_ROOT, ownRules, RULES_DIRECTORY } from './falco-config';
import { type RelayParts, relay } from './relay';

/** What the modern eBPF probe needs, and nothing else (https://falco.org/docs/setup/container/#least-privileged). */
export const CAPABILITIES = ['BPF', 'PERFMON', 'SYS_PTRACE', 'SYS_RESOURCE'] as const;
/** Service account of Falco's pods. */
export const FALCO_ACCOUNT = 'falco';

type Egress = NonNullable<NetworkPolicySpec['egress']>;

/** What Falco's two forms differ in. */
export interface FalcoParts {
  /** Connections beyond name servers and wardens. */
  readonly egress: Egress;
  /** CEL: who changes objects of the namespace beside its deployers. */
  readonly accounts: readonly string[];
  /** Containers of its pods, and their images. */
  readonly images: Readonly<Record<string, string>>;
  /** How they start; a container that is not named here starts as its operator says. */
  readonly starts: Readonly<Record<string, { readonly command: readonly string[]; readonly args: readonly string[] }>>;
  /** Folders and sockets of the node that its pods may mount. */
  readonly hostPaths: readonly string[];
  readonly relay: RelayParts;
}

const hostMount = (name: string, path: string, type: 'Directory' | 'Socket'): Mount => ({
  volume: { name, hostPath: { path, type } },
  mount: { name, mountPath: `${HOST_ROOT}${path}`, readOnly: true },
});

/** What Falco sees of the node: processes, users, and the names of containers. */
const ofTheNode = ({ runtimeSocket }: Falco): readonly Mount[] => [
  hostMount('proc', '/proc', 'Directory'),
  hostMount('etc', '/etc', 'Directory'),
  hostMount('runtime', runtimeSocket, 'Socket'),
];

/** Tracing events of the kernel, where the probe attaches. */
const TRACING: Mount = {
  volume: { name: 'sys', hostPath: { path: '/sys/kernel', type: 'Directory' } },
  mount: { name: 'sys', mountPath: '/sys/kernel', readOnly: true },
};

/** Rules of every environment and our own, one file each. One that is not there yet blinds no other. */
const rulesVolume = (environments: readonly string[], own: string): Mount => ({
  volume: {
    name: 'rules',
    projected: {
      defaultMode: 0o444,
      sources: [
        { configMap: { name: own, items: [{ key: RULES_FILE, path: 'foundation.yaml' }] } },
        ...environments.map((environment) => ({
          configMap: {
            name: falcoRulesName(environment),
            optional: true,
            items: [{ key: RULES_FILE, path: `environment-${environment}.yaml` }],
          },
        })),
      ],
    },
  },
  mount: { name: 'rules', mountPath: RULES_DIRECTORY, readOnly: true },
});

const probe = (periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path: '/healthz', port: FALCO_PORT, scheme: 'HTTP' },
  periodSeconds,
  failureThreshold,
  timeoutSeconds: 5,
});

/** Confined as far as a probe in the kernel can be: root of the node's users, four capabilities, a root it cannot write. */
export const CONFINED = {
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsUser: 0,
  runAsGroup: 0,
  capabilities: { drop: ['ALL'], add: [...CAPABILITIES] },
  seccompProfile: { type: 'Unconfined' },
  // The default profiles of runtimes refuse to trace other processes.
  appArmorProfile: { type: 'Unconfined' },
} as const;

const node = (name: string) => ({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } });

/** Falco's container, less what an operator mounts by itself. */
export const falcoContainer = (context: FoundationContext, mounts: readonly Mount[]): Container => {
  // No limit of processor time: a detector that is throttled misses what happens meanwhile.
  const limits = { memory: '1Gi', 'ephemeral-storage': '256Mi' };
  return {
    name: 'falco',
    image: context.declaration.falco.image,
    imagePullPolicy: 'IfNotPresent',
    env: [{ name: 'HOST_ROOT', value: HOST_ROOT }, node('FALCO_HOSTNAME'), node('FALCO_K8S_NODE_NAME')],
    ports: [{ name: 'web', containerPort: FALCO_PORT, protocol: 'TCP' }],
    volumeMounts: mounts.map(({ mount }) => mount),
    resources: { requests: { cpu: '100m', ...limits }, limits },
    startupProbe: probe(5, 24),
    readinessProbe: probe(15, 3),
    livenessProbe: probe(15, 3),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: CONFINED,
  } as Container;
};

const START = { command: ['/usr/bin/falco'], args: ['-c', '/etc/firepit/falco/falco.yaml'] } as const;
/** The operator's own (falco-operator, internal/pkg/resources/falco.go). */
const OPERATED_START = { command: [], args: ['/usr/bin/falco'] } as const;

/** On every node, whatever it is tainted with: a node without Falco is a node where nobody looks. */
export const EVERYWHERE = [{ operator: 'Exists' }];

/** The pod of the DaemonSet, and the ConfigMaps that it reads. */
export const falcoPod = (context: FoundationContext, { container: sidecar, mounts: relayMounts }: RelayParts) => {
  const { declaration } = context;
  const settings = { 'falco.yaml': falcoYaml(declaration) };
  const rules = { [RULES_FILE]: ownRules() };
  const configs = [
    { name: digestName('falco', settings), data: settings, purpose: 'configuration of Falco' },
    { name: digestName('falco-own-rules', rules), data: rules, purpose: 'rules about Falco itself' },
  ] as const;
  const mounts = [
    configMount('config', '/etc/firepit/falco', configs[0].name),
    rulesVolume(Object.keys(declaration.environments).sort(), configs[1].name),
    ...ofTheNode(declaration.falco),
    TRACING,
  ];
  return {
    configs,
    pod: {
      serviceAccountName: FALCO_ACCOUNT,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostNetwork: false,
      hostPID: false,
      hostIPC: false,
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 10,
      priorityClassName: 'system-node-critical',
      tolerations: EVERYWHERE,
      securityContext: { ...context.platform.podSecurityContext(UID.control) },
      initContainers: [sidecar],
      containers: [{ ...falcoContainer(context, mounts), ...START }],
      volumes: [...mounts, ...relayMounts].map(({ volume }): Volume => volume),
    },
  };
};

const cidr = (block: string) => ({ ipBlock: { cidr: block } });

/** Folders that falco-operator mounts, whatever its template says (falco-operator, internal/pkg/resources/falco.go). */
const OPERATOR_PATHS = [
  '/boot',
  '/dev',
  '/etc',
  '/lib/modules',
  '/proc',
  '/run/containerd',
  '/run/crio',
  '/run/host-containerd',
  '/run/k3s/containerd',
  '/sys/module',
  '/usr',
  '/var/run',
];

/** What is particular to the declared form of Falco. */
export const falcoPartsOf = (context: FoundationContext): FalcoParts => {
  const { falco, relay: relayImage, platform } = context.declaration;
  const images = { falco: falco.image, relay: relayImage };
  const own = { relay: relay(context) };
  const { command = [], args = [] } = own.relay.container;
  const relayStart = { command, args };
  if (falco.kind === 'daemonSet')
    return {
      ...own,
      images,
      starts: { falco: START, relay: relayStart },
      egress: [],
      accounts: [],
      hostPaths: [...ofTheNode(falco), TRACING].map(({ volume }) => volume.hostPath?.path ?? ''),
    };
  const { cidrs, port } = platform.apiServer;
  return {
    ...own,
    images: { ...images, 'artifact-operator': falco.artifactOperator },
    starts: { falco: OPERATED_START, relay: relayStart },
    hostPaths: OPERATOR_PATHS,
    accounts: [
      `request.userInfo.username == 'system:serviceaccount:${SYSTEM_NAMESPACE}:${FALCO_ACCOUNT}'`,
      `request.userInfo.username == 'system:serviceaccount:${falco.account.replace('/', ':')}'`,
    ],
    egress: [
      { to: cidrs.map(cidr), ports: [{ protocol: 'TCP', port }] },
      { to: falco.registry.map(cidr), ports: [{ protocol: 'TCP', port: 443 }] },
    ],
  };
};
