import type { NamedAttack } from './attacks';
import {
  AGENT,
  AGENT_LABELS,
  add,
  addLike,
  agentPod,
  CONTROL,
  controlPod,
  DIGEST,
  E,
  edit,
  FOREIGN,
  type Loose,
  object,
} from './edit';

const bare = (extra: Loose = {}): Loose => ({
  serviceAccountName: AGENT,
  automountServiceAccountToken: false,
  containers: [{ name: 'agent', image: 'registry.example.net/tools/other:latest' }],
  ...extra,
});
const template = (spec: Loose): Loose => ({ metadata: { labels: AGENT_LABELS }, spec });
const mount = (spec: Loose, name: string): void => {
  const [agent] = spec.containers;
  agent.volumeMounts = [...(agent.volumeMounts ?? []), { name, mountPath: '/stolen' }];
};

/** Pods: credentials, images, privileges, and what containment meets. */
export const podAttacks: readonly NamedAttack[] = [
  { name: 'the agent mounts its identity', attack: agentPod((spec) => mount(spec, 'sidecar-identity')) },
  { name: 'the agent mounts its token', attack: agentPod((spec) => mount(spec, 'sidecar-token')) },
  { name: "the agent mounts the sidecar's admin socket", attack: agentPod((spec) => mount(spec, 'sidecar-admin')) },
  {
    name: 'the agent mounts one file of a Secret by subPath',
    attack: agentPod((spec) => {
      spec.volumes.push({ name: 'key', secret: { secretName: 'claude' } });
      spec.containers[0].volumeMounts = [{ name: 'key', mountPath: '/key', subPath: 'key' }];
    }),
  },
  {
    name: 'a projected token in the agent container',
    attack: agentPod((spec) => {
      spec.volumes.push({ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } });
      mount(spec, 'api');
    }),
  },
  {
    name: 'a credential in the environment',
    attack: agentPod((spec) =>
      spec.containers[0].env.push({ name: 'KEY', valueFrom: { secretKeyRef: { name: 'claude', key: 'key' } } }),
    ),
  },
  {
    name: 'a whole Secret in the environment',
    attack: agentPod((spec) => (spec.containers[0].envFrom = [{ secretRef: { name: 'claude' } }])),
  },
  { name: 'the API token is mounted', attack: agentPod((spec) => (spec.automountServiceAccountToken = true)) },
  {
    name: 'the API token is mounted by default',
    attack: (objects) =>
      edit(
        'ServiceAccount',
        AGENT,
        (sa) => delete sa.automountServiceAccountToken,
        E,
      )(agentPod((spec) => delete spec.automountServiceAccountToken)(objects)),
  },
  {
    name: "a cloud identity on the agent's account",
    attack: edit(
      'ServiceAccount',
      AGENT,
      ({ metadata }) => (metadata.annotations['eks.amazonaws.com/role-arn'] = 'arn:aws:iam::1:role/x'),
      E,
    ),
  },
  { name: 'processes are shared', attack: agentPod((spec) => (spec.shareProcessNamespace = true)) },
  {
    name: 'agent and sidecar are one user',
    attack: agentPod((spec) => (spec.containers[0].securityContext.runAsUser = 10101)),
  },
  { name: 'the sidecar runs a shell', attack: agentPod((spec) => (spec.initContainers[0].command = ['/bin/sh'])) },
  {
    name: 'the sidecar is selected by nothing: a second init container',
    attack: agentPod((spec) => spec.initContainers.push({ ...spec.initContainers[0], name: 'other', image: FOREIGN })),
  },
  {
    name: 'an ephemeral container in a pod',
    attack: add(
      object('v1', 'Pod', 'debug', E, { spec: bare({ ephemeralContainers: [{ name: 'debug', image: FOREIGN }] }) }),
    ),
  },
  {
    name: 'a foreign host alias',
    attack: agentPod((spec) => (spec.hostAliases = [{ ip: '203.0.113.7', hostnames: [`gateway.${CONTROL}.svc`] }])),
  },
  {
    name: 'an agent asks name servers',
    attack: agentPod((spec) => Object.assign(spec, { dnsPolicy: 'ClusterFirst', dnsConfig: undefined })),
    unseen: 'no policy lets it reach one: it learns nothing',
  },
  { name: 'the host network', attack: agentPod((spec) => (spec.hostNetwork = true)) },
  { name: 'a host path', attack: agentPod((spec) => spec.volumes.push({ name: 'host', hostPath: { path: '/' } })) },
  {
    name: 'a host port',
    attack: agentPod((spec) => (spec.containers[0].ports = [{ containerPort: 8080, hostPort: 8080 }])),
  },
  {
    name: 'a privileged container',
    attack: agentPod((spec) => (spec.containers[0].securityContext.privileged = true)),
  },
  {
    name: 'a capability',
    attack: agentPod((spec) => (spec.containers[0].securityContext.capabilities.add = ['NET_RAW'])),
  },
  {
    name: 'no seccomp',
    attack: agentPod((spec) => (spec.containers[0].securityContext.seccompProfile = { type: 'Unconfined' })),
  },
  {
    name: 'root',
    attack: agentPod((spec) =>
      Object.assign(spec.containers[0].securityContext, { runAsUser: 0, runAsNonRoot: false }),
    ),
  },
  {
    name: 'a writable root file system',
    attack: agentPod((spec) => delete spec.containers[0].securityContext.readOnlyRootFilesystem),
  },
  { name: 'users of the node', attack: agentPod((spec) => delete spec.hostUsers) },
  {
    name: 'a weaker RuntimeClass',
    attack: agentPod((spec) => Object.assign(spec, { hostUsers: undefined, runtimeClassName: 'runc' })),
  },
  {
    name: 'a probe that calls the metadata service',
    attack: agentPod(
      (spec) => (spec.containers[0].livenessProbe = { httpGet: { host: '169.254.169.254', path: '/', port: 80 } }),
    ),
    unseen: 'a probe is sent by the node, and its answer is not kept',
  },
  {
    name: 'a hook that calls elsewhere',
    attack: agentPod(
      (spec) =>
        (spec.containers[0].lifecycle = { postStart: { httpGet: { host: '203.0.113.7', path: '/', port: 80 } } }),
    ),
    unseen: 'a hook is sent by the node, and its answer is not kept',
  },
  {
    name: 'an image by tag',
    attack: agentPod((spec) => (spec.containers[0].image = 'registry.example.com/agents/triage:latest')),
  },
  {
    name: 'another digest',
    attack: agentPod((spec) => (spec.containers[0].image = `registry.example.com/agents/triage@${DIGEST}`)),
  },
  { name: 'an image of a foreign registry', attack: agentPod((spec) => (spec.containers[0].image = FOREIGN)) },
  {
    name: 'a model by tag',
    attack: agentPod((spec) =>
      spec.volumes.push({ name: 'model', image: { reference: 'registry.example.com/models/x:1' } }),
    ),
  },
  {
    name: 'a model that is not on the list',
    attack: agentPod((spec) =>
      spec.volumes.push({ name: 'model', image: { reference: `registry.example.net/models/x@${DIGEST}` } }),
    ),
    unseen: 'admission refuses the pod, and the oracle asks admission',
  },
  {
    name: 'a pod beside the agents',
    attack: add(object('v1', 'Pod', 'beside', E, { spec: bare({ serviceAccountName: 'default' }) })),
  },
  { name: "a pod that borrows an agent's account", attack: add(object('v1', 'Pod', 'borrower', E, { spec: bare() })) },
  {
    name: 'a Job',
    attack: add(
      object('batch/v1', 'Job', 'job', E, { spec: { template: template(bare({ restartPolicy: 'Never' })) } }),
    ),
  },
  {
    name: 'a CronJob',
    attack: add(
      object('batch/v1', 'CronJob', 'cron', E, {
        spec: {
          schedule: '* * * * *',
          jobTemplate: { spec: { template: template(bare({ restartPolicy: 'Never' })) } },
        },
      }),
    ),
  },
  {
    name: 'a DaemonSet',
    attack: add(
      object('apps/v1', 'DaemonSet', 'every-node', E, {
        spec: { selector: { matchLabels: AGENT_LABELS }, template: template(bare()) },
      }),
    ),
  },
  {
    name: 'a StatefulSet',
    attack: add(
      object('apps/v1', 'StatefulSet', 'also', E, {
        spec: { serviceName: 'x', selector: { matchLabels: AGENT_LABELS }, template: template(bare()) },
      }),
    ),
  },
  {
    name: 'a ReplicaSet in the control plane',
    attack: add(
      object('apps/v1', 'ReplicaSet', 'also', CONTROL, {
        spec: { selector: { matchLabels: AGENT_LABELS }, template: template(bare()) },
      }),
    ),
  },
  {
    name: 'a Sandbox',
    attack: add(
      object('agents.x-k8s.io/v1alpha1', 'Sandbox', 'sandbox', E, { spec: { podTemplate: template(bare()) } }),
    ),
  },
  {
    name: 'a kind nobody knows that makes pods',
    attack: add(
      object('workloads.example.com/v1', 'Swarm', 'swarm', E, { spec: { drones: { template: template(bare()) } } }),
    ),
  },
  { name: 'a pod elsewhere', attack: add(object('v1', 'Pod', 'elsewhere', 'default', { spec: bare() })) },
  {
    name: 'a second Deployment of an agent',
    attack: addLike('Deployment', AGENT, (o) => {
      o.metadata.name = 'again';
      o.spec.template.spec.containers[0].image = FOREIGN;
    }),
  },
  {
    name: 'a foreign container beside the gateway',
    attack: controlPod('gateway', (spec) =>
      spec.containers.push({ ...spec.containers[0], name: 'tap', image: FOREIGN }),
    ),
  },
  {
    name: 'another image of the governor',
    attack: controlPod('governor', (spec) => (spec.containers[0].image = FOREIGN)),
  },
  {
    name: 'the warden by tag',
    attack: controlPod('warden', (spec) => (spec.containers[0].image = 'registry.example.com/firepit/warden:latest')),
  },
  {
    name: 'the governor runs as the warden',
    attack: controlPod('governor', (spec) => (spec.serviceAccountName = 'warden')),
  },
  {
    name: 'the gateway mounts a host path',
    attack: controlPod('gateway', (spec) => spec.volumes.push({ name: 'host', hostPath: { path: '/run/containerd' } })),
  },
  { name: 'an agent takes an hour to end', attack: agentPod((spec) => (spec.terminationGracePeriodSeconds = 3600)) },
  {
    name: 'a pod starts quarantined',
    attack: agentPod((_spec, t) => (t.metadata.labels['firepit.dev/quarantine'] = 'true')),
  },
  {
    name: 'a finalizer on pods of an agent',
    attack: agentPod((_spec, t) => (t.metadata.finalizers = ['example.com/never'])),
  },
  {
    name: 'a finalizer on a Deployment',
    attack: edit('Deployment', AGENT, ({ metadata }) => (metadata.finalizers = ['example.com/never']), E),
  },
  {
    name: 'a budget that forbids eviction',
    attack: edit(
      'PodDisruptionBudget',
      AGENT,
      (o) => {
        o.spec = { minAvailable: '100%', selector: o.spec.selector };
      },
      E,
    ),
    unseen: 'deletion is no eviction: it stops drains, not containment',
  },
];
