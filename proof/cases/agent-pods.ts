import { LABEL } from '../../lib/names';
import { type Family, policy } from '../case';
import {
  agentOf,
  FOREIGN,
  sidecarOf,
  volumeWith,
  type WrongPod,
  withEnvFrom,
  withVolume,
  wrongAgentPods,
} from './_pods';

/** Labels by which policies know a pod: without them, or with those of another, it would be somebody else. */
const LABELS: readonly WrongPod[] = [
  [
    'agent-pod/no-component-label',
    ['borrowed-labels'],
    'the label that policies select is gone',
    (p) => delete p.metadata.labels[LABEL.component],
  ],
  [
    'agent-pod/gateway-label',
    ['borrowed-labels'],
    'it calls itself the gateway',
    (p) => (p.metadata.labels[LABEL.component] = 'gateway'),
  ],
  [
    'agent-pod/no-environment-label',
    ['borrowed-labels'],
    'the label of the environment is gone',
    (p) => delete p.metadata.labels[LABEL.environment],
  ],
  [
    'agent-pod/unknown-agent',
    ['undeclared-workload', 'borrowed-labels'],
    'an agent that nobody declared',
    (p) => (p.metadata.labels[LABEL.agent] = 'firepit-proof'),
  ],
  [
    'agent-pod/no-labels',
    ['undeclared-workload', 'borrowed-labels'],
    'a pod without any label',
    (p) => delete p.metadata.labels,
    [policy('containment')],
  ],
];

/** What runs in it, and how it is started. */
const PROGRAMS: readonly WrongPod[] = [
  ['agent-pod/another-image', ['moved-tag', 'unsigned-image'], 'another image', (p) => (agentOf(p).image = FOREIGN)],
  [
    'agent-pod/image-by-tag',
    ['moved-tag'],
    'the declared image by tag',
    (p) => (agentOf(p).image = agentOf(p).image.replace(/@.*/, ':latest')),
  ],
  ['agent-pod/another-sidecar', ['unsigned-image'], 'another sidecar', (p) => (sidecarOf(p).image = agentOf(p).image)],
  ['agent-pod/no-sidecar', ['undeclared-workload'], 'no sidecar', (p) => delete p.spec.initContainers],
  [
    'agent-pod/second-container',
    ['undeclared-workload'],
    'a second container',
    (p) => p.spec.containers.push({ ...agentOf(p), name: 'second', ports: [] }),
  ],
  [
    'agent-pod/second-sidecar',
    ['undeclared-workload', 'stolen-sidecar-identity'],
    'a second sidecar',
    (p) => p.spec.initContainers.push({ ...sidecarOf(p), name: 'second', ports: [] }),
  ],
  [
    'agent-pod/renamed-container',
    ['undeclared-workload'],
    'a container under a name that Falco does not know',
    (p) => (agentOf(p).name = 'other'),
  ],
  [
    'agent-pod/agent-command',
    ['same-image-other-program'],
    'a shell instead of the agent',
    (p) => (agentOf(p).command = ['/bin/sh']),
  ],
  [
    'agent-pod/agent-arguments',
    ['same-image-other-program'],
    'other arguments for the agent',
    (p) => (agentOf(p).args = ['-c', 'true']),
  ],
  [
    'agent-pod/agent-hook',
    ['same-image-other-program', 'slow-death'],
    'a hook in the agent',
    (p) => (agentOf(p).lifecycle = { preStop: { exec: { command: ['/bin/sleep', '30'] } } }),
  ],
  [
    'agent-pod/sidecar-arguments',
    ['same-image-other-program'],
    'a configuration on the command line of the sidecar',
    (p) => (sidecarOf(p).args = ['--config-yaml', '{}']),
  ],
  [
    'agent-pod/sidecar-command',
    ['same-image-other-program'],
    'another command for the sidecar',
    (p) => (sidecarOf(p).command = ['/bin/sh']),
  ],
  [
    'agent-pod/sidecar-environment',
    ['same-image-other-program'],
    'an environment for the sidecar',
    (p) => (sidecarOf(p).env = [{ name: 'LD_PRELOAD', value: '/tmp/x.so' }]),
  ],
  [
    'agent-pod/sidecar-hook',
    ['same-image-other-program'],
    'a hook in the sidecar',
    (p) => (sidecarOf(p).lifecycle = { postStart: { exec: { command: ['/bin/true'] } } }),
  ],
  [
    'agent-pod/other-configuration',
    ['configuration-in-place'],
    'another configuration for the sidecar',
    (p) => (p.spec.volumes.find((v: { configMap?: object }) => v.configMap).configMap.name = 'kube-root-ca.crt'),
  ],
];

/** By which an agent could hold a credential. */
const CREDENTIALS: readonly WrongPod[] = [
  [
    'agent-pod/mounted-token',
    ['api-server-from-a-pod', 'credential-in-the-agent'],
    'a token of its account, mounted',
    (p) => (p.spec.automountServiceAccountToken = true),
  ],
  [
    'agent-pod/borrowed-account',
    ['borrowed-account'],
    'another account',
    (p) => (p.spec.serviceAccountName = 'default'),
  ],
  [
    'agent-pod/identity-in-the-agent',
    ['stolen-sidecar-identity', 'credential-in-the-agent'],
    "the sidecar's certificate, mounted in the agent",
    (p) => agentOf(p).volumeMounts.push({ name: volumeWith(p, 'secret'), mountPath: '/stolen' }),
  ],
  [
    'agent-pod/token-in-the-agent',
    ['stolen-sidecar-identity', 'credential-in-the-agent'],
    "the sidecar's token, mounted in the agent",
    (p) => agentOf(p).volumeMounts.push({ name: volumeWith(p, 'projected'), mountPath: '/stolen' }),
  ],
  [
    'agent-pod/foreign-secret',
    ['credential-in-the-agent', 'credential-spread'],
    'another Secret as volume',
    withVolume({ secret: { secretName: 'firepit-proof' } }),
  ],
  [
    'agent-pod/api-token',
    ['api-server-from-a-pod', 'credential-in-the-agent'],
    'a token for the API server as volume',
    withVolume({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
  ],
  [
    'agent-pod/projected-secret',
    ['credential-in-the-agent'],
    'a Secret through a projected volume',
    withVolume({ projected: { sources: [{ secret: { name: 'firepit-proof' } }] } }),
  ],
  [
    'agent-pod/driver-volume',
    ['ambient-credential'],
    'a driver that mounts secrets',
    withVolume({ csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } }),
  ],
  [
    'agent-pod/claimed-volume',
    ['credential-in-the-agent'],
    'a volume that others write',
    withVolume({ persistentVolumeClaim: { claimName: 'firepit-proof' } }),
  ],
  [
    'agent-pod/secret-variable',
    ['credential-in-the-agent'],
    'a variable from a Secret',
    withEnvFrom({ secretKeyRef: { name: 'firepit-proof', key: 'key' } }),
  ],
  [
    'agent-pod/config-variable',
    ['configuration-in-place'],
    'a variable from a ConfigMap',
    withEnvFrom({ configMapKeyRef: { name: 'firepit-proof', key: 'key' } }),
  ],
  [
    'agent-pod/field-variable',
    ['ambient-credential'],
    'a variable from a field of the pod',
    withEnvFrom({ fieldRef: { fieldPath: 'status.hostIP' } }),
  ],
  [
    'agent-pod/all-of-a-secret',
    ['credential-in-the-agent'],
    'every key of a Secret as variables',
    (p) => (agentOf(p).envFrom = [{ secretRef: { name: 'firepit-proof' } }]),
  ],
];

/** What keeps agent, sidecar and node apart. */
const ISOLATION: readonly WrongPod[] = [
  [
    'agent-pod/other-isolation',
    ['escape-to-the-node'],
    'not the declared isolation',
    (p) => {
      if (p.spec.hostUsers === false) delete p.spec.hostUsers;
      else delete p.spec.runtimeClassName;
    },
  ],
  [
    'agent-pod/shared-processes',
    ['stolen-sidecar-identity'],
    'one process namespace for agent and sidecar',
    (p) => (p.spec.shareProcessNamespace = true),
  ],
  [
    'agent-pod/writable-agent',
    ['same-image-other-program'],
    'a root file system that the agent can write',
    (p) => (agentOf(p).securityContext.readOnlyRootFilesystem = false),
  ],
  [
    'agent-pod/writable-sidecar',
    ['stolen-sidecar-identity'],
    'a root file system that the sidecar can write',
    (p) => (sidecarOf(p).securityContext.readOnlyRootFilesystem = false),
  ],
];

/** Where the platform lets users be chosen. */
const USERS: readonly WrongPod[] = [
  [
    'agent-pod/one-user',
    ['stolen-sidecar-identity'],
    'agent and sidecar as one user',
    (p) => (agentOf(p).securityContext.runAsUser = sidecarOf(p).securityContext.runAsUser),
  ],
];

/** A pod in the agents' namespace is a declared agent in its declared shape, or it is not there. */
export const agentPods: Family = (subject) => {
  const [agent] = subject.agents;
  const chosen = agent !== undefined && agentOf(subject.agentPod(agent)).securityContext.runAsUser !== undefined;
  return wrongAgentPods(subject, policy('agent-pods'), [
    ...LABELS,
    ...PROGRAMS,
    ...CREDENTIALS,
    ...ISOLATION,
    ...(chosen ? USERS : []),
  ]);
};
