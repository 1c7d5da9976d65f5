import type { Request } from './admission';
import { badControlPods } from './control-pods';
import type { Facts } from './facts';
import { arr, at, nameOf, type Obj, obj, objs, str } from './plain';
import {
  A,
  both,
  C,
  container,
  DIGEST,
  type Edit,
  ENV,
  FOREIGN,
  label,
  meta,
  mounting,
  Q,
  sidecar,
  spec,
  withVolume,
} from './pod-edits';
import { type PodSource, podsOf } from './pods';

const MALLORY = { user: 'mallory', groups: ['system:authenticated'] };
const WEBHOOKS = 'kyverno-resource-validating-webhook-cfg';

const webhooks = (facts: Facts, change: Obj = {}): Obj => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: WEBHOOKS },
  webhooks: [
    {
      name: 'ivpol.validate.kyverno.svc-fail',
      // Kyverno names the policies that a webhook asks in its path.
      clientConfig: {
        service: {
          path: `/ivpol/validate/somebody-elses/${facts.E}-images`,
        },
      },
      failurePolicy: 'Fail',
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      ...change,
    },
  ],
});

/** What the API server and a StatefulSet's controller make of a pod of the control plane. */
const controlSpec = ({ owner, spec }: PodSource): Obj => {
  const { hostNetwork, hostPID, hostIPC, ...rest } = spec;
  const host = Object.entries({ hostNetwork, hostPID, hostIPC }).filter(([, value]) => value === true);
  const claims = objs(at(owner, 'spec', 'volumeClaimTemplates')).map((claim) => ({
    name: nameOf(claim),
    persistentVolumeClaim: { claimName: `${nameOf(claim)}-${nameOf(owner)}-0` },
  }));
  return {
    ...rest,
    ...Object.fromEntries(host),
    containers: objs(spec.containers).map((c) => ({ terminationMessagePath: '/dev/termination-log', ...c })),
    volumes: [...claims, ...arr(spec.volumes)],
  };
};

/** A pod as its template gives it, after the gateway's address was written in. */
const podOf = (source: PodSource, facts: Facts): Obj => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: source.namespace, labels: source.labels },
  spec:
    source.namespace === facts.E
      ? { ...source.spec, hostAliases: [{ ip: '10.96.0.7', hostnames: [`gateway.${facts.control}.svc`] }] }
      : controlSpec(source),
});
const gatewayService = (facts: Facts): Obj => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'gateway', namespace: facts.control },
  spec: { clusterIP: '10.96.0.7' },
});

/** Agent pods that no declaration made. */
const badAgentPods = (facts: Facts): Record<string, Edit> => ({
  'a foreign image': container(() => ({ image: FOREIGN })),
  'an image by tag': container((c) => ({ image: `${str(c.image).split('@')[0]}:latest` })),
  'another digest': container((c) => ({ image: `${str(c.image).split('@')[0]}@${DIGEST}` })),
  'a second container': spec((s) => ({
    containers: [...arr(s.containers), { ...objs(s.containers)[0], name: 'two' }],
  })),
  'another sidecar': sidecar(() => ({ image: FOREIGN })),
  'no sidecar': spec(() => ({ initContainers: [] })),
  'a second init container': spec((s) => ({
    initContainers: [...arr(s.initContainers), { ...objs(s.initContainers)[0], name: 'x' }],
  })),
  'a sidecar that ends': sidecar(() => ({ restartPolicy: undefined })),
  'no agent label': label(A, undefined),
  'an undeclared agent': label(A, 'nobody'),
  'no component label': label(C, undefined),
  'the label of the gateway': label(C, 'gateway'),
  'no environment label': label(ENV, undefined),
  'the default service account': spec(() => ({ serviceAccountName: 'default' })),
  'a mounted API token': spec(() => ({ automountServiceAccountToken: true })),
  'a token mounted by default': spec(() => ({ automountServiceAccountToken: undefined })),
  'a Secret in the environment': container(() => ({
    env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
  })),
  'a whole Secret in the environment': container(() => ({ envFrom: [{ secretRef: { name: 's' } }] })),
  'the identity in the agent': mounting('sidecar-identity'),
  'the token in the agent': mounting('sidecar-token'),
  "the sidecar's admin socket in the agent": mounting('sidecar-admin'),
  'another Secret': withVolume({ name: 'x', secret: { secretName: 'other' } }),
  'another Secret, mounted': both(withVolume({ name: 'x', secret: { secretName: 'other' } }), mounting('x')),
  'a token for the API server': withVolume({
    name: 'x',
    projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600 } }] },
  }),
  'a CSI volume': withVolume({ name: 'x', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } }),
  'a claim': withVolume({ name: 'x', persistentVolumeClaim: { claimName: 'c' } }),
  'a host path': withVolume({ name: 'x', hostPath: { path: '/' } }),
  'a model by tag': withVolume({ name: 'x', image: { reference: 'registry.example.net/models/x:latest' } }),
  'a model off the list': withVolume({ name: 'x', image: { reference: `registry.example.net/models/x@${DIGEST}` } }),
  'no isolation': spec(() => ({ hostUsers: undefined, runtimeClassName: undefined })),
  'shared processes': spec(() => ({ shareProcessNamespace: true })),
  'a writable root file system': container((c) => ({
    securityContext: { ...obj(c.securityContext), readOnlyRootFilesystem: false },
  })),
  'an ephemeral container': spec((s) => ({ ephemeralContainers: [{ ...objs(s.containers)[0], name: 'debug' }] })),
  'a foreign host alias': spec(() => ({
    hostAliases: [{ ip: '203.0.113.7', hostnames: [`gateway.${facts.control}.svc`] }],
  })),
  'a second host alias': spec((s) => ({
    hostAliases: [...arr(s.hostAliases), { ip: '203.0.113.7', hostnames: ['x'] }],
  })),
  'a name server': spec(() => ({ dnsPolicy: 'ClusterFirst', dnsConfig: undefined })),
  'another name server': spec(() => ({ dnsConfig: { nameservers: ['8.8.8.8'] } })),
  'a finalizer': meta({ finalizers: ['example.com/never'] }),
  'a long farewell': spec(() => ({ terminationGracePeriodSeconds: 3600 })),
  'a privileged container': container((c) => ({ securityContext: { ...obj(c.securityContext), privileged: true } })),
  'the host network': spec(() => ({ hostNetwork: true })),
  "the node's processes": spec(() => ({ hostPID: true })),
  'a hook in the sidecar': sidecar(() => ({ lifecycle: { postStart: { exec: { command: ['/bin/sh'] } } } })),
  'an environment for the sidecar': sidecar(() => ({ env: [{ name: 'K', value: 'v' }] })),
  'a foreign environment for the sidecar': sidecar(() => ({ envFrom: [{ configMapRef: { name: 'c' } }] })),
  'a hook in the agent': container(() => ({ lifecycle: { postStart: { exec: { command: ['/bin/sh'] } } } })),
  'another command for the agent': container(() => ({ command: ['/bin/sh'] })),
  'another command for the sidecar': sidecar(() => ({ command: ['/bin/sh'] })),
  'a host port': container(() => ({ ports: [{ containerPort: 8080, hostPort: 8080 }] })),
  ...(facts.kubernetes
    ? {
        'one user for both': both(
          ...([container, sidecar] as const).map((on) =>
            on((c) => ({ securityContext: { ...obj(c.securityContext), runAsUser: 4242 } })),
          ),
        ),
      }
    : {}),
});

/** Requests that a governed environment refuses, each a small change of something valid. */
export const probesFor = (facts: Facts, reference: readonly Obj[]): Request[] => {
  const before = made.get(reference);
  if (before !== undefined) return before;
  const pods = podsOf(reference).filter(({ labels }) => labels[C] !== undefined);
  const out = [
    ...pods.filter(({ namespace }) => namespace === facts.E).flatMap((pod) => agentProbes(pod, facts, reference)),
    ...pods.filter(({ namespace }) => namespace === facts.control).flatMap((pod) => controlPodProbes(pod, facts)),
    ...[facts.E, facts.control].flatMap((namespace) => podRequests(namespace, facts, pods)),
  ];
  made.set(reference, out);
  return out;
};
const made = new WeakMap<readonly Obj[], Request[]>();

const createPod = (what: string, pod: Obj, rest: Partial<Request> = {}): Request => ({
  what,
  operation: 'CREATE',
  group: '',
  resource: 'pods',
  namespace: str(at(pod, 'metadata', 'namespace')),
  name: 'probe',
  object: pod,
  ...MALLORY,
  ...rest,
});

/** Requests that a governed environment admits: else a refusal above would prove nothing. */
export const plainRequests = (facts: Facts, reference: readonly Obj[]): Request[] =>
  podsOf(reference)
    .filter(({ namespace }) => namespace === facts.E || namespace === facts.control)
    .map((source) =>
      createPod(`a pod of ${source.title}`, podOf(source, facts), { beside: [webhooks(facts), gatewayService(facts)] }),
    );

const constraints =
  (change: Obj) =>
  (s: Obj): Obj => ({ matchConstraints: { ...obj(s.matchConstraints), ...change } });
const defined = (value: Obj): Obj => Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined));
const attestor =
  (change: (cosign: Obj) => Obj) =>
  (s: Obj): Obj => ({
    attestors: objs(s.attestors).map((a) => ({
      ...a,
      cosign: defined({ ...obj(a.cosign), ...change(obj(a.cosign)) }),
    })),
  });
const EVERYTHING = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] };

/** Ways in which a signature policy asks less. */
const WEAKER: Readonly<Record<string, (spec: Obj) => Obj>> = {
  'only audits': () => ({ validationActions: ['Audit'] }),
  'may fail': () => ({ failurePolicy: 'Ignore' }),
  'asks nothing': () => ({ validations: [{ expression: 'true' }] }),
  'has conditions': () => ({ matchConditions: [{ name: 'x', expression: 'false' }] }),
  'looks elsewhere': () => ({ matchImageReferences: [{ glob: 'x/*' }] }),
  'is not asked': () => ({ evaluation: { admission: { enabled: false } } }),
  'requires nothing': (s) => ({ validationConfigurations: { ...obj(s.validationConfigurations), required: false } }),
  'takes tags': (s) => ({ validationConfigurations: { ...obj(s.validationConfigurations), verifyDigest: false } }),
  'sees labelled pods': constraints({ objectSelector: { matchLabels: { signed: 'please' } } }),
  'excludes all': constraints({ excludeResourceRules: [EVERYTHING] }),
  'sees updates': constraints({ resourceRules: [{ ...EVERYTHING, operations: ['UPDATE'] }] }),
  'sees other namespaces': constraints({ namespaceSelector: { matchLabels: { other: 'yes' } } }),
  'spares namespaces': constraints({ namespaceSelector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] } }),
  'believes anybody': attestor(() => ({ key: undefined, keyless: { identities: [{ subjectRegExp: '.*' }] } })),
  'skips the log': attestor((c) =>
    c.keyless === undefined
      ? { key: { data: 'another key' } }
      : { ctlog: { ...obj(c.ctlog), insecureIgnoreTlog: true } },
  ),
};

const agentProbes = (source: PodSource, facts: Facts, reference: readonly Obj[]): Request[] => {
  const agent = source.labels[A] ?? '';
  const pod = podOf(source, facts);
  const there = [webhooks(facts), gatewayService(facts)];
  const who = `a pod of ${agent} with`;
  const bad = Object.entries(badAgentPods(facts)).map(([what, edit]) =>
    createPod(`${who} ${what}`, edit(pod), { beside: there }),
  );
  const record = (data: Obj): Obj => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'containment', namespace: facts.control },
    data,
  });
  const without = (what: string, rest: Partial<Request>): Request =>
    createPod(`a pod of ${agent} ${what}`, pod, { beside: there, ...rest });
  const checks = reference.filter((o) => o.kind === 'ImageValidatingPolicy');
  const weaker = (change: (s: Obj) => Obj, policy: Obj): Obj => ({
    ...policy,
    spec: { ...obj(policy.spec), ...change(obj(policy.spec)) },
  });
  const beside = (...more: readonly Obj[]): { beside: readonly Obj[] } => ({ beside: [...more, ...there] });
  const kyverno = (change: Obj): { beside: readonly Obj[] } => ({
    beside: [webhooks(facts, change), gatewayService(facts)],
  });
  return [
    ...bad,
    without('that is contained', beside(record({ [agent]: '{}' }))),
    without('without a containment record', { gone: ['ConfigMap containment'] }),
    without('while Kyverno is gone', { beside: [gatewayService(facts)] }),
    without('while Kyverno has no webhook', { beside: [{ ...webhooks(facts), webhooks: [] }, gatewayService(facts)] }),
    ...['somebody-elses', `${facts.E}-images-2`].map((name) =>
      without(
        `while Kyverno asks ${name} alone`,
        kyverno({ clientConfig: { service: { path: `/ivpol/validate/${name}` } } }),
      ),
    ),
    without('while the check may fail', kyverno({ failurePolicy: 'Ignore' })),
    without('while the check sees no pods', kyverno({ rules: [{ operations: ['CREATE'], resources: ['services'] }] })),
    without('while the check sees no creation', kyverno({ rules: [{ operations: ['UPDATE'], resources: ['pods'] }] })),
    without(
      'while the check spares the namespace',
      kyverno({
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [facts.E] }],
        },
      }),
    ),
    without(
      'while the check spares the pod',
      kyverno({ objectSelector: { matchExpressions: [{ key: C, operator: 'DoesNotExist' }] } }),
    ),
    ...checks.flatMap((policy) => [
      without(`while ${nameOf(policy)} is gone`, { gone: [`ImageValidatingPolicy ${nameOf(policy)}`] }),
      ...Object.entries(WEAKER).map(([what, change]) =>
        without(`while ${nameOf(policy)} ${what}`, beside(weaker(change, policy))),
      ),
    ]),
  ];
};

const controlPodProbes = (source: PodSource, facts: Facts): Request[] =>
  Object.entries(badControlPods).map(([what, edit]) =>
    createPod(`a pod of ${source.labels[C]} with ${what}`, edit(podOf(source, facts))),
  );

/** Changes of running pods, and ways into them. */
const podRequests = (namespace: string, facts: Facts, pods: readonly PodSource[]): Request[] => {
  const source = pods.find((pod) => pod.namespace === namespace);
  if (source === undefined) return [];
  const old = podOf(source, facts);
  const base = { namespace, name: 'probe', group: '', ...MALLORY };
  const update = (what: string, from: Obj, to: Obj, rest: Partial<Request> = {}): Request => ({
    ...base,
    what: `${what} in ${namespace}`,
    operation: 'UPDATE',
    resource: 'pods',
    object: to,
    oldObject: from,
    ...rest,
  });
  const quarantined = label(Q, 'true')(old);
  const deployer = { user: 'release', groups: ['system:authenticated', 'platform-engineers'] };
  return [
    update('another image in a running pod', old, container(() => ({ image: FOREIGN }))(old)),
    ...[A, C, ENV]
      .filter((key) => source.labels[key] !== undefined)
      .flatMap((key) => [
        update(`a running pod without ${key}`, old, label(key, undefined)(old)),
        update(`a running pod with another ${key}`, old, label(key, 'other')(old)),
        update(`another ${key} through status`, old, label(key, 'other')(old), { resource: 'pods/status' }),
      ]),
    ...(namespace === facts.E
      ? [
          ...[MALLORY, deployer].flatMap((who) => [
            update(`${who.user} lifting quarantine`, quarantined, old, who),
            update(`${who.user} renaming quarantine`, quarantined, label(Q, 'false')(old), who),
            update(`${who.user} lifting quarantine through status`, quarantined, old, {
              ...who,
              resource: 'pods/status',
            }),
          ]),
          ...['pods', 'pods/status'].map((resource) =>
            update(`a finalizer on ${resource}`, old, meta({ finalizers: ['example.com/never'] })(old), { resource }),
          ),
        ]
      : []),
    update(
      'an ephemeral container',
      old,
      spec(() => ({ ephemeralContainers: [{ name: 'debug', image: FOREIGN }] }))(old),
      {
        resource: 'pods/ephemeralcontainers',
      },
    ),
    ...['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy'].map(
      (resource): Request => ({
        ...base,
        what: `${resource} in ${namespace}`,
        operation: 'CONNECT',
        resource,
        object: {},
      }),
    ),
    {
      ...base,
      what: `a token made by hand in ${namespace}`,
      operation: 'CREATE',
      resource: 'serviceaccounts/token',
      object: { spec: { audiences: ['any'] } },
    },
  ];
};
