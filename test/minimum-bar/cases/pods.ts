import { type Cases, onOpenShift } from '../../support/bar';
import { changed } from '../../support/desk';

const first = 'containers';
const gvisor = once(() => changed((d) => Object.assign(d.agents.triage, { isolation: { kind: 'gvisor' } })));

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

/** Rules about single pods and workloads. */
export const pods: Cases = {
  'namespaces-are-restricted': {
    noncompliance: {
      'a weaker level': (d) => {
        d.get('Namespace', 'support-desk-test').metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline';
      },
      'a version that moves': (d) => {
        d.get('Namespace', 'control').metadata.labels['pod-security.kubernetes.io/enforce-version'] = 'latest';
      },
      'no label for policies': (d) => {
        delete d.get('Namespace', 'control').metadata.labels['firepit.dev/governed'];
      },
      'no namespace': (d) => d.remove('Namespace', 'control'),
      'label sync on OpenShift': {
        of: onOpenShift,
        change: (d) => {
          delete d.get('Namespace', 'control').metadata.labels['security.openshift.io/scc.podSecurityLabelSync'];
        },
      },
    },
    compliance: {
      'one more label': (d) => {
        d.get('Namespace', 'control').metadata.labels.team = 'support';
      },
    },
  },
  'containers-are-confined': {
    noncompliance: {
      privileged: (d) => Object.assign(d.pod('gateway')[first][0].securityContext, { privileged: true }),
      'a capability': (d) =>
        Object.assign(d.pod('triage')[first][0].securityContext.capabilities, { add: ['NET_RAW'] }),
      'a writable root': (d) =>
        Object.assign(d.pod('triage').initContainers[0].securityContext, { readOnlyRootFilesystem: false }),
      'no seccomp': (d) => {
        delete d.pod('ledger', 'StatefulSet').containers[0].securityContext.seccompProfile;
      },
      'root by number': (d) => Object.assign(d.pod('warden').securityContext, { runAsUser: 0 }),
      'no context at all': (d) => {
        delete d.pod('governor').containers[0].securityContext;
      },
      'a sandbox of agent-sandbox with a privileged pod': (d) =>
        d.add({
          apiVersion: 'agents.x-k8s.io/v1beta1',
          kind: 'Sandbox',
          metadata: { name: 'x', namespace: d.agents },
          spec: { podTemplate: { spec: { containers: [{ name: 'x', securityContext: { privileged: true } }] } } },
        }),
    },
    compliance: { 'users of the namespace on OpenShift': { of: onOpenShift } },
  },
  'pods-share-nothing': {
    noncompliance: {
      'the network of the node': (d) => Object.assign(d.pod('triage'), { hostNetwork: true }),
      'the users of the node': (d) => {
        delete d.pod('triage').hostUsers;
      },
      'the users of the node under a RuntimeClass': (d) =>
        Object.assign(d.pod('triage'), { hostUsers: true, runtimeClassName: 'gvisor' }),
      'a runtime that nobody declared': (d) => Object.assign(d.pod('triage'), { runtimeClassName: 'other' }),
      'processes of one another': (d) => Object.assign(d.pod('triage'), { shareProcessNamespace: true }),
      'a token by default': (d) => {
        delete d.pod('triage').automountServiceAccountToken;
      },
      'a path of the node': (d) => d.pod('gateway').volumes.push({ name: 'x', hostPath: { path: '/' } }),
      'a port of the node': (d) => d.pod('gateway').containers[0].ports.push({ containerPort: 80, hostPort: 80 }),
      'a CronJob on the network of the node': (d) =>
        d.add({
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'x', namespace: d.agents },
          spec: { jobTemplate: { spec: { template: { spec: { ...d.pod('triage'), hostNetwork: true } } } } },
        }),
    },
    compliance: { 'a RuntimeClass instead of a user namespace': { of: gvisor } },
  },
  'resources-are-limited': {
    noncompliance: {
      'no memory limit': (d) => {
        delete d.pod('triage').containers[0].resources.limits.memory;
      },
      'no limits on the sidecar': (d) => {
        delete d.pod('triage').initContainers[0].resources;
      },
      'a scratch volume without end': (d) => {
        for (const v of d.pod('triage').volumes) if (v.emptyDir) delete v.emptyDir.sizeLimit;
      },
      'no quota': (d) => d.remove('ResourceQuota', 'quota', d.agents),
      'a quota for some pods only': (d) =>
        Object.assign(d.get('ResourceQuota', 'quota', d.control).spec, { scopes: ['BestEffort'] }),
      'no defaults': (d) => d.remove('LimitRange', 'limits', d.control),
    },
    compliance: {
      'other numbers': (d) => Object.assign(d.pod('triage').containers[0].resources.limits, { memory: '1Gi' }),
    },
  },
  'probes-stay-inside': {
    noncompliance: {
      'a probe of another host': (d) =>
        Object.assign(d.pod('governor').containers[0].livenessProbe.httpGet, { host: '169.254.169.254' }),
      'no probe': (d) => {
        const [c] = d.pod('governor').containers;
        delete c.readinessProbe;
        delete c.startupProbe;
      },
      'a hook that asks somebody': (d) =>
        Object.assign(d.pod('gateway').containers[0], {
          lifecycle: { preStop: { httpGet: { host: 'a.example.com', port: 80 } } },
        }),
      'a hook after the start': (d) =>
        Object.assign(d.pod('gateway').containers[0], { lifecycle: { postStart: { exec: { command: ['x'] } } } }),
    },
    compliance: {
      'a probe by command': (d) =>
        Object.assign(d.pod('governor').containers[0], { readinessProbe: { exec: { command: ['/ready'] } } }),
    },
  },
  'workloads-are-declared': {
    noncompliance: {
      'a second workload of an agent': (d) => {
        const copy = structuredClone(d.get('Deployment', 'triage'));
        copy.metadata.name = 'triage-2';
        d.add(copy);
      },
      'a debug pod': (d) =>
        d.add({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'debug', namespace: d.agents },
          spec: { containers: [{ name: 'x' }] },
        }),
      'a DaemonSet in the control namespace': (d) =>
        d.add({
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { name: 'x', namespace: d.control },
          spec: { template: { spec: { containers: [] } } },
        }),
      'an agent taken away': (d) => d.remove('Deployment', 'triage'),
      'no warden': (d) => d.remove('Deployment', 'warden'),
      'a warden with no replicas': (d) => Object.assign(d.get('Deployment', 'warden').spec, { replicas: 0 }),
      "a selector that takes another's pods": (d) => {
        d.get('Deployment', 'gateway').spec.selector = { matchLabels: { 'firepit.dev/environment': d.agents } };
      },
      'pods born in quarantine': (d) => {
        d.get('Deployment', 'triage').spec.template.metadata.labels['firepit.dev/quarantine'] = 'true';
      },
    },
    compliance: {
      'more replicas': (d) => Object.assign(d.get('Deployment', 'triage').spec, { replicas: 5 }),
      'one more label on pods': (d) => {
        d.get('Deployment', 'triage').spec.template.metadata.labels.team = 'support';
      },
    },
  },
  'agents-stop-quickly': {
    noncompliance: {
      'ten minutes of grace': (d) => Object.assign(d.pod('triage'), { terminationGracePeriodSeconds: 600 }),
      'the default grace left to others': (d) => {
        delete d.pod('triage').terminationGracePeriodSeconds;
      },
      'a hook before the end': (d) =>
        Object.assign(d.pod('triage').containers[0], {
          lifecycle: { preStop: { exec: { command: ['sleep', '60'] } } },
        }),
      'a finalizer on the record': (d) =>
        Object.assign(d.get('ConfigMap', 'containment').metadata, { finalizers: ['example.com/x'] }),
      'a budget of none': (d) => Object.assign(d.get('PodDisruptionBudget', 'triage').spec, { maxUnavailable: 0 }),
      'an owner of a policy': (d) =>
        Object.assign(d.get('NetworkPolicy', 'agent-triage').metadata, { ownerReferences: [{ name: 'x' }] }),
    },
    compliance: {
      'a hook of the gateway, which drains': (d) =>
        Object.assign(d.pod('gateway').containers[0], { lifecycle: { preStop: { sleep: { seconds: 10 } } } }),
    },
  },
  'containers-start-as-declared': {
    noncompliance: {
      'Envoy with a configuration on its command line': (d) =>
        d.pod('gateway').containers[0].args.push('--config-yaml', '{}'),
      'Envoy with another file': (d) => {
        d.pod('triage').initContainers[0].args[1] = '/tmp/envoy.yaml';
      },
      'a governor with another configuration': (d) => {
        d.pod('governor').containers[0].args = ['--config=/tmp/governor.json'];
      },
      'a governor with a loader': (d) =>
        Object.assign(d.pod('governor').containers[0], {
          env: [{ name: 'NODE_OPTIONS', value: '--require=/tmp/x.js' }],
        }),
      'a volume over the configuration': (d) =>
        d.pod('governor').containers[0].volumeMounts.push({
          name: 'tls',
          mountPath: '/etc/firepit/config/governor.json',
          subPath: 'x',
        }),
      'other policies for the governor': (d) => {
        const mounts = d.pod('governor').containers[0].volumeMounts;
        Object.assign(
          mounts.find((m: { mountPath: string }) => m.mountPath === '/etc/firepit/policies'),
          { name: 'tls' },
        );
      },
      'a governor without policies': (d) => {
        const [c] = d.pod('governor').containers;
        c.volumeMounts = c.volumeMounts.filter((m: { name: string }) => m.name !== 'policies');
      },
      'an agent that runs a shell': (d) => Object.assign(d.pod('triage').containers[0], { command: ['/bin/sh'] }),
      'no policy about how pods start': (d) => d.remove('ValidatingAdmissionPolicyBinding', 'agent-pods'),
    },
    compliance: {
      'more workers': (d) => {
        const { args } = d.pod('gateway').containers[0];
        args[args.indexOf('--concurrency') + 1] = '8';
      },
    },
  },
};
