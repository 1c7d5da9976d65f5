import { type Cases, type Draft, onOpenShift } from '../../support/bar';
import { plainContracts } from '../../support/own-models';

// biome-ignore lint/suspicious/noExplicitAny: manifests by hand
type Any = any;
const RBAC = 'rbac.authorization.k8s.io/v1';

const binding = (namespace: string, subject: Any, role = 'warden'): Any => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  metadata: { name: 'more', namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
  subjects: [subject],
});
const granted = (rule: Any) => (d: Draft) => d.get('Role', 'warden', d.agents).rules.push(rule);
const agentContainer = (d: Draft): Any => d.pod('triage').containers[0];

/** Rules about credentials, accounts, rights and where objects lie. */
export const identity: Cases = {
  'agents-hold-no-credentials': {
    noncompliance: {
      'a Secret in the environment': (d) =>
        agentContainer(d).env.push({ name: 'K', valueFrom: { secretKeyRef: { name: 'claude', key: 'key' } } }),
      'a ConfigMap in the environment': (d) =>
        Object.assign(agentContainer(d), { envFrom: [{ configMapRef: { name: 'x' } }] }),
      'a key as literal': (d) =>
        agentContainer(d).env.push({ name: 'K', value: 'ghp_0123456789abcdefghijklmnopqrstuvwxyz' }),
      'the token of the sidecar': (d) =>
        agentContainer(d).volumeMounts.push({ name: 'sidecar-token', mountPath: '/t' }),
      'the admin socket of the sidecar': (d) =>
        agentContainer(d).volumeMounts.push({ name: 'sidecar-admin', mountPath: '/a' }),
      'another Secret in the pod': (d) => d.pod('triage').volumes.push({ name: 'x', secret: { secretName: 'claude' } }),
      'a token of every audience': (d) => {
        for (const v of d.pod('triage').volumes)
          if (v.projected) delete v.projected.sources[0].serviceAccountToken.audience;
      },
      'a driver that hands out secrets': (d) =>
        d.pod('triage').volumes.push({ name: 'x', csi: { driver: 'secrets-store.csi.k8s.io' } }),
      'the user of the sidecar': (d) => {
        agentContainer(d).securityContext.runAsUser = 10101;
      },
      'a second container': (d) =>
        d.pod('triage').containers.push({ name: 'x', env: [{ name: 'K', valueFrom: { fieldRef: {} } }] }),
    },
    compliance: {
      'a literal': (d) => agentContainer(d).env.push({ name: 'LOG_LEVEL', value: 'info' }),
      'one user of the namespace on OpenShift': { of: onOpenShift },
    },
  },
  'sidecars-carry-identity': {
    noncompliance: {
      'no sidecar': (d) => Object.assign(d.pod('triage'), { initContainers: [] }),
      'a sidecar that ends': (d) => {
        delete d.pod('triage').initContainers[0].restartPolicy;
      },
      'another program': (d) => {
        d.pod('triage').initContainers[0].image = agentContainer(d).image;
      },
      'no token': (d) => {
        d.pod('triage').volumes = d.pod('triage').volumes.filter((v: Any) => !v.projected);
      },
      'an identity that can be written': (d) => {
        for (const m of d.pod('triage').initContainers[0].volumeMounts) delete m.readOnly;
      },
    },
    compliance: {
      'a scratch volume more': (d) => d.pod('triage').volumes.push({ name: 'x', emptyDir: { sizeLimit: '1Mi' } }),
    },
  },
  'accounts-are-own': {
    noncompliance: {
      'the default account': (d) => Object.assign(d.pod('triage'), { serviceAccountName: 'default' }),
      "the warden's account": (d) => Object.assign(d.pod('governor'), { serviceAccountName: 'warden' }),
      'an account that mounts tokens': (d) =>
        Object.assign(d.get('ServiceAccount', 'triage'), { automountServiceAccountToken: true }),
      'a role of the cloud': (d) => {
        d.get('ServiceAccount', 'triage').metadata.annotations['eks.amazonaws.com/role-arn'] = 'arn:x';
      },
      'an injector of secrets': (d) => {
        d.get('Deployment', 'triage').spec.template.metadata.annotations = {
          'vault.hashicorp.com/agent-inject': 'true',
        };
      },
      'no account': (d) => d.remove('ServiceAccount', 'ledger'),
      'no name': (d) => {
        delete d.pod('triage').serviceAccountName;
      },
    },
    compliance: {
      'an annotation': (d) => Object.assign(d.get('ServiceAccount', 'triage').metadata.annotations, { note: 'x' }),
    },
  },
  'rights-are-few': {
    noncompliance: {
      everything: granted({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }),
      'every Secret': granted({ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }),
      exec: granted({ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }),
      'another name': (d) => {
        for (const r of d.get('Role', 'warden', d.agents).rules) delete r.resourceNames;
      },
      'an agent': (d) => d.add(binding(d.agents, { kind: 'ServiceAccount', name: 'triage', namespace: d.agents })),
      everybody: (d) => d.add(binding(d.control, { kind: 'Group', name: 'system:authenticated' })),
      'a role of the cluster': (d) =>
        d.add({
          ...binding(d.agents, { kind: 'ServiceAccount', name: 'warden', namespace: d.control }),
          roleRef: { kind: 'ClusterRole', name: 'admin' },
        }),
      'a group without roles': (d) => {
        d.get('RoleBinding', 'warden', d.agents).roleRef.apiGroup = 'example.com';
      },
      'a question that is not declared': (d) => {
        d.get('ClusterRoleBinding', 'governor-issuer-discovery').roleRef.name = 'system:auth-delegator';
      },
      'a right of the cluster': (d) => {
        d.get('ClusterRoleBinding', 'governor-issuer-discovery').roleRef.name = 'cluster-admin';
      },
    },
    compliance: {
      'rules split in two': (d) => {
        const role = d.get('Role', 'warden', d.agents);
        role.rules = role.rules.flatMap((r: Any) => r.verbs.map((verb: string) => ({ ...r, verbs: [verb] })));
      },
    },
  },
  'warden-can-act': {
    noncompliance: {
      'no binding': (d) => d.remove('RoleBinding', 'warden', d.agents),
      'no deletion': (d) => {
        for (const r of d.get('Role', 'warden', d.agents).rules)
          r.verbs = r.verbs.filter((v: string) => v !== 'delete');
      },
      'another subject': (d) => {
        d.get('RoleBinding', 'warden', d.control).subjects[0].namespace = d.agents;
      },
      'a role that is not there': (d) => d.remove('Role', 'warden', d.control),
    },
    compliance: { 'rules in another order': (d) => d.get('Role', 'warden', d.agents).rules.reverse() },
  },
  'secrets-stay-out': {
    noncompliance: {
      'a value': (d) => Object.assign(d.get('Secret', 'triage-identity'), { stringData: { key: 'x' } }),
      'a Secret of the user': (d) =>
        d.add({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'claude', namespace: d.control },
          data: { key: 'eA==' },
        }),
      'another Secret beside the agents': (d) =>
        d.add({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: d.agents } }),
      'a token that lasts': (d) =>
        d.add({
          apiVersion: 'v1',
          kind: 'Secret',
          type: 'kubernetes.io/service-account-token',
          metadata: { name: 'x', namespace: d.control },
        }),
      'an External Secret beside the agents': (d) =>
        d.add({
          apiVersion: 'external-secrets.io/v1',
          kind: 'ExternalSecret',
          metadata: { name: 'x', namespace: d.agents },
        }),
      'a key in a ConfigMap': (d) =>
        Object.assign(d.get('ConfigMap', 'models').data, { x: '-----BEGIN EC PRIVATE KEY-----' }),
    },
    compliance: {
      'an External Secret': (d) =>
        d.add({
          apiVersion: 'external-secrets.io/v1',
          kind: 'ExternalSecret',
          metadata: { name: 'claude', namespace: d.control },
          spec: {},
        }),
    },
  },
  'keys-stay-in-control': {
    noncompliance: {
      'a name of somebody else': (d) => {
        d.get('Certificate', 'agent-triage-tls').spec.dnsNames = [`governor.${d.control}.svc`];
      },
      'one name more': (d) => d.get('Certificate', 'gateway-tls').spec.dnsNames.push('x.example.com'),
      'a leaf that signs': (d) => d.get('Certificate', 'gateway-tls').spec.usages.push('cert sign'),
      'a certificate beside the agents': (d) => {
        d.get('Certificate', 'agent-triage-tls').metadata.namespace = d.agents;
      },
      'another authority': (d) => {
        d.get('Issuer', 'ca').spec.ca.secretName = 'other';
      },
      'another issuer': (d) => {
        d.get('Certificate', 'gateway-tls').spec.issuerRef.name = 'bootstrap';
      },
      'a host of the platform in the certificate of a front in the cluster alone': {
        of: plainContracts,
        change: (d) => {
          d.get('Certificate', 'gateway-front-tls').spec.dnsNames = ['contracts.example.com'];
        },
      },
      'another issuer of it': {
        of: plainContracts,
        change: (d) => {
          d.get('Certificate', 'gateway-front-tls').spec.issuerRef = { kind: 'ClusterIssuer', name: 'letsencrypt' };
        },
      },
      'the key of the authority in a pod': (d) =>
        d.pod('gateway').volumes.push({ name: 'x', secret: { secretName: 'ca' } }),
      'a copy for others': (d) =>
        Object.assign(d.get('Certificate', 'ca').spec, {
          secretTemplate: { annotations: { 'reflector.example.com/allow': 'true' } },
        }),
      'a certificate taken away': (d) => d.remove('Certificate', 'ledger-tls'),
    },
    compliance: {
      'a shorter life': (d) => Object.assign(d.get('Certificate', 'gateway-tls').spec, { duration: '12h' }),
      'the issuer of OpenShift': { of: onOpenShift },
    },
  },
  'objects-stay-home': {
    noncompliance: {
      'a ConfigMap of kube-system': (d) =>
        d.add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'kube-system' } }),
      'an object without namespace': (d) => d.add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }),
      'a version that nobody judges': (d) => {
        d.get('HTTPRoute', 'gateway').apiVersion = 'gateway.networking.k8s.io/v1beta1';
      },
      'no name': (d) => {
        delete d.get('ConfigMap', 'models').metadata.name;
      },
      'a ClusterRole': (d) =>
        d.add({ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: `${d.agents}-x` }, rules: [] }),
      'a policy under a foreign name': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').metadata.name = 'quarantine';
      },
      'a namespace more': (d) => d.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'more' } }),
    },
    compliance: {
      'an object of one’s own inside': (d) =>
        d.add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: d.control } }),
    },
  },
  'cluster-objects-stay-inside': {
    noncompliance: {
      'a policy for every namespace': (d) => {
        delete d.get('ValidatingAdmissionPolicy', 'agent-pods').spec.matchConstraints.namespaceSelector;
      },
      'a cluster policy for every pod': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.subject.pods.namespaceSelector = {};
      },
      'signatures for every namespace': (d) => {
        d.get('ImageValidatingPolicy', 'images').spec.matchConstraints.namespaceSelector = {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'Exists' }],
        };
      },
    },
    compliance: {
      'one namespace by name': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.subject.pods.namespaceSelector = {
          matchLabels: { 'kubernetes.io/metadata.name': d.agents },
        };
      },
    },
  },
};
