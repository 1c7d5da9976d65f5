import { LABEL } from '../../lib/names';
import { allowed, type Family, policy } from '../case';
import type { Loose } from '../subject';
import { agentOf, FOREIGN, type WrongPod, withVolume, wrongControlPods } from './_pods';

const WRONG: readonly WrongPod[] = [
  ['control-pod/another-image', ['control-plane-image'], 'another image', (p) => (agentOf(p).image = FOREIGN)],
  [
    'control-pod/image-by-tag',
    ['control-plane-image', 'moved-tag'],
    'its image by tag',
    (p) => (agentOf(p).image = agentOf(p).image.replace(/@.*/, ':latest')),
  ],
  [
    'control-pod/second-container',
    ['control-plane-image'],
    'a foreign container beside it',
    (p) => p.spec.containers.push({ ...agentOf(p), name: 'second', image: FOREIGN, ports: [] }),
  ],
  [
    'control-pod/first-container',
    ['control-plane-image'],
    'a foreign container before it',
    (p) => {
      const { lifecycle: _, livenessProbe: __, readinessProbe: ___, startupProbe: ____, ...first } = agentOf(p);
      p.spec.initContainers = [{ ...first, name: 'first', image: FOREIGN, ports: [] }];
    },
  ],
  [
    'control-pod/no-labels',
    ['borrowed-labels', 'undeclared-workload'],
    'a pod without any label',
    (p) => delete p.metadata.labels,
  ],
  [
    'control-pod/undeclared',
    ['undeclared-workload'],
    'a part that nobody declared',
    (p) => (p.metadata.labels[LABEL.component] = 'firepit-proof'),
  ],
  [
    'control-pod/other-environment',
    ['borrowed-labels'],
    'the label of another environment',
    (p) => (p.metadata.labels[LABEL.environment] = 'firepit-proof'),
  ],
  [
    'control-pod/borrowed-account',
    ['borrowed-account'],
    'another account',
    (p) => (p.spec.serviceAccountName = 'default'),
  ],
  [
    'control-pod/mounted-token',
    ['api-server-from-a-pod'],
    'a token of its account, mounted by itself',
    (p) => (p.spec.automountServiceAccountToken = true),
  ],
];

/** Digest, account and labels as they should be, and yet another pod than was written. */
const OTHERWISE: readonly (readonly [id: string, what: string, change: (pod: Loose) => unknown])[] = [
  [
    'configuration',
    'another configuration',
    (p) => (p.spec.volumes.find((v: Loose) => v.name === 'config').configMap.name = 'firepit-proof'),
  ],
  [
    'another-secret',
    'another Secret',
    (p) => (p.spec.volumes.find((v: Loose) => v.secret).secret.secretName = 'other'),
  ],
  ['more-files', 'one more Secret', withVolume({ secret: { secretName: 'firepit-proof' } })],
  [
    'more-rights',
    'a token for the API server',
    withVolume({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
  ],
  [
    'mounted-over',
    'scratch space over its files',
    (p) => {
      withVolume({ emptyDir: {} })(p);
      agentOf(p).volumeMounts.push({ name: 'firepit-proof', mountPath: '/etc' });
    },
  ],
  ['arguments', 'other arguments', (p) => (agentOf(p).args = ['--config=/tmp/firepit-proof.json'])],
  ['command', 'another command', (p) => (agentOf(p).command = ['/bin/sh'])],
  ['environment', 'a variable more', (p) => (agentOf(p).env = [{ name: 'NODE_OPTIONS', value: '--inspect' }])],
  [
    'environment-from',
    'a Secret as its environment',
    (p) => (agentOf(p).envFrom = [{ secretRef: { name: 'firepit-proof' } }]),
  ],
  ['hook', 'a program after its start', (p) => (agentOf(p).lifecycle = { postStart: { exec: { command: ['sh'] } } })],
  [
    'probe',
    'a program as its probe',
    (p) => (agentOf(p).livenessProbe = { exec: { command: ['sh'] }, periodSeconds: 1 }),
  ],
  ['twin', 'the same container twice', (p) => p.spec.containers.push({ ...agentOf(p), name: 'twin', ports: [] })],
  ['alias', 'a name of its own', (p) => (p.spec.hostAliases = [{ ip: '203.0.113.7', hostnames: ['ledger'] }])],
  [
    'name-server',
    'another name server',
    (p) => Object.assign(p.spec, { dnsPolicy: 'None', dnsConfig: { nameservers: ['203.0.113.7'] } }),
  ],
  ['shared-processes', 'processes that its containers share', (p) => (p.spec.shareProcessNamespace = true)],
  ['writable', 'a root file system that it writes', (p) => (agentOf(p).securityContext.readOnlyRootFilesystem = false)],
];

const otherwise: readonly WrongPod[] = OTHERWISE.map(([id, what, change]) => [
  `control-pod/${id}`,
  ['control-plane-restarted-otherwise'],
  what,
  change,
]);

/** What schedulers and platforms add to a pod, which a control plane must survive. */
const PLACED = {
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'firepit.dev/proof', operator: 'Exists' }],
  imagePullSecrets: [{ name: 'firepit-proof' }],
} as const;

/** What governs runs as it was written, field by field, for each part of it. */
export const controlPods: Family = (subject) =>
  subject.components.flatMap((component) => {
    const placed = subject.controlPod(component);
    Object.assign(placed.spec, PLACED);
    placed.metadata.annotations = { ...placed.metadata.annotations, 'example.com/note': 'placed' };
    return [
      ...wrongControlPods(subject, component, policy('control-pods'), [...WRONG, ...otherwise]),
      allowed(policy('control-pods'), {
        id: 'control-pod/placed',
        threats: [],
        what: 'the declared pod of a part, with what a platform adds to it',
        on: component,
        as: subject.who.controller,
        attempt: { verb: 'create', object: placed },
      }),
    ];
  });
