import { isRecord, type Json, type Path } from './tree';

/** A field that an author can add where it was absent. */
export interface Insert {
  readonly field: string;
  readonly value: Json;
}

type Fields = readonly (readonly [field: string, value: Json])[];

const EVERYBODY: Json = { matchLabels: { everybody: 'no' } };
const RULE: Json = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }];

const POD: Fields = [
  ['hostNetwork', true],
  ['hostPID', true],
  ['hostIPC', true],
  ['shareProcessNamespace', true],
  ['hostAliases', [{ ip: '203.0.113.7', hostnames: ['gateway'] }]],
  ['nodeName', 'node-1'],
  ['serviceAccount', 'default'],
  ['runtimeClassName', 'other'],
  ['ephemeralContainers', [{ name: 'debug', image: 'registry.example.net/debug:latest' }]],
  ['imagePullSecrets', [{ name: 'pull' }]],
  ['readinessGates', [{ conditionType: 'example.com/never' }]],
  ['setHostnameAsFQDN', true],
  ['priorityClassName', 'system-node-critical'],
  ['resourceClaims', [{ name: 'gpu', resourceClaimName: 'gpu' }]],
];
const CONTAINER: Fields = [
  ['envFrom', [{ secretRef: { name: 'claude' } }]],
  ['env', [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'claude', key: 'key' } } }]],
  ['volumeDevices', [{ name: 'disk', devicePath: '/dev/sda' }]],
  ['ports', [{ containerPort: 8080, hostPort: 8080 }]],
  ['lifecycle', { postStart: { httpGet: { host: '169.254.169.254', path: '/', port: 80 } } }],
  ['livenessProbe', { httpGet: { host: '169.254.169.254', path: '/', port: 80 } }],
  ['stdin', true],
  ['tty', true],
];
const SECURITY: Fields = [
  ['procMount', 'Unmasked'],
  ['seLinuxOptions', { type: 'spc_t' }],
  ['appArmorProfile', { type: 'Unconfined' }],
  ['windowsOptions', { hostProcess: true }],
  ['sysctls', [{ name: 'kernel.msgmax', value: '1' }]],
  ['supplementalGroups', [0]],
];

/** What keeps a pod that belongs on every node off some. */
const PLACING: Fields = [
  ['nodeSelector', { disktype: 'ssd' }],
  ['affinity', { nodeAffinity: {} }],
  ['schedulerName', 'other'],
  ['preemptionPolicy', 'Never'],
  ['runtimeClassName', 'gvisor'],
];
const EVERYWHERE = new Set(['DaemonSet', 'Falco']);
const SOME_NODES: Json = { matchLabels: { disktype: 'ssd' } };
const ARTIFACT: Json = {
  image: { repository: 'other/rules', tag: 'latest' },
  registry: { name: 'registry.example.net' },
};

const byKind: Readonly<Record<string, Fields>> = {
  DaemonSet: [['minReadySeconds', 86_400]],
  Falco: [
    ['version', '0.39.0'],
    ['replicas', 1],
    ['strategy', { type: 'Recreate' }],
  ],
  Config: [
    ['selector', SOME_NODES],
    ['configMapRef', { name: 'other' }],
  ],
  Plugin: [['selector', SOME_NODES]],
  Rulesfile: [
    ['selector', SOME_NODES],
    ['inlineRules', [{ rule: 'any', override: { enabled: 'replace' }, enabled: false }]],
    ['ociArtifact', ARTIFACT],
  ],
  Service: [
    ['externalIPs', ['203.0.113.7']],
    ['externalName', 'example.net'],
    ['loadBalancerIP', '203.0.113.7'],
    ['publishNotReadyAddresses', true],
    ['sessionAffinity', 'ClientIP'],
  ],
  NetworkPolicy: [
    ['egress', [{}]],
    ['ingress', [{}]],
  ],
  ValidatingAdmissionPolicy: [
    ['matchConditions', [{ name: 'never', expression: 'false' }]],
    ['variables', [{ name: 'extra', expression: 'true' }]],
  ],
  MutatingAdmissionPolicy: [['matchConditions', [{ name: 'never', expression: 'false' }]]],
  ValidatingAdmissionPolicyBinding: [
    ['matchResources', { namespaceSelector: EVERYBODY }],
    ['matchResources', { excludeResourceRules: RULE }],
    ['paramRef', { name: 'absent', parameterNotFoundAction: 'Allow' }],
  ],
  MutatingAdmissionPolicyBinding: [['matchResources', { namespaceSelector: EVERYBODY }]],
  ImageValidatingPolicy: [
    ['matchConditions', [{ name: 'never', expression: 'false' }]],
    ['matchImageReferences', [{ glob: 'registry.example.net/*' }]],
    ['credentials', { allowInsecureRegistry: true }],
  ],
  HTTPRoute: [['hostnames', ['*']]],
  Route: [['path', '/']],
  Issuer: [['vault', { server: 'http://example.net', path: 'pki' }]],
  Certificate: [
    ['isCA', true],
    ['commonName', 'gateway'],
    ['secretTemplate', { labels: { x: 'y' } }],
  ],
  PodDisruptionBudget: [['minAvailable', '100%']],
};

const TOP: Readonly<Record<string, Fields>> = {
  Secret: [
    ['data', { key: 'c2VjcmV0' }],
    ['stringData', { key: 'secret' }],
    ['immutable', true],
  ],
  ServiceAccount: [
    ['automountServiceAccountToken', true],
    ['secrets', [{ name: 'token' }]],
    ['imagePullSecrets', [{ name: 'pull' }]],
  ],
  ConfigMap: [
    ['binaryData', { key: 'c2VjcmV0' }],
    ['data', { triage: 'contained' }],
    ['immutable', true],
  ],
  ClusterRoleBinding: [],
  Role: [],
};

const METADATA: Fields = [
  ['finalizers', ['example.com/never']],
  ['ownerReferences', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '0' }]],
  ['generateName', 'other-'],
];

const isContainer = (path: Path): boolean =>
  typeof path.at(-1) === 'number' && ['containers', 'initContainers'].includes(String(path.at(-2)));
const isConstraints = (path: Path): boolean => path.at(-1) === 'matchConstraints';

/** By the name of the field that holds them. */
const byField: Readonly<Record<string, Fields>> = {
  securityContext: SECURITY,
  matchConstraints: [
    ['objectSelector', EVERYBODY],
    ['excludeResourceRules', RULE],
    ['namespaceSelector', EVERYBODY],
  ],
  labels: [
    ['firepit.dev/quarantine', 'true'],
    ['pod-security.kubernetes.io/exempt', 'true'],
  ],
  registry: [
    ['plainHTTP', true],
    ['tls', { insecureSkipVerify: true }],
  ],
};

const fieldsAt = (kind: string, path: Path): Fields => {
  const [above, last] = [path.at(-2), path.at(-1)];
  if (path.length === 0) return TOP[kind] ?? [];
  if (path.length === 1 && last === 'metadata') return METADATA;
  if (path.length === 1 && last === 'spec') return byKind[kind] ?? [];
  if (last === 'spec' && (above === 'template' || above === 'podTemplateSpec'))
    return EVERYWHERE.has(kind) ? [...POD, ...PLACING] : POD;
  return isContainer(path) ? CONTAINER : (byField[String(last)] ?? []);
};

/** Fields that could stand in this place and do not. */
export const insertsAt = (kind: string, path: Path, value: Json): readonly Insert[] =>
  isRecord(value)
    ? fieldsAt(kind, path)
        .filter(([field, to]) => JSON.stringify(value[field]) !== JSON.stringify(to))
        .map(([field, to]) => ({
          field,
          value:
            Array.isArray(to) && Array.isArray(value[field]) && !isConstraints(path) ? [...value[field], ...to] : to,
        }))
    : [];
