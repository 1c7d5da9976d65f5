import { type Case, type Family, policy, type Ref, refused } from '../case';
import type { Loose, Subject } from '../subject';

const NAME = 'firepit-proof';
const made = (apiVersion: string, kind: string, namespace: string, rest: Loose): Loose => ({
  apiVersion,
  kind,
  metadata: { name: NAME, namespace },
  ...rest,
});
const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'cert-manager.io/v1';
const GATEWAY = 'gateway.networking.k8s.io/v1';

type Row = readonly [id: string, threats: readonly string[], what: string, attempt: Case['attempt']];

/** New objects that would undo what others do. */
const created = (namespace: string, where: string): Row[] => {
  const create = (id: string, threats: readonly string[], what: string, object: Loose): Row => [
    `controls/${where}-${id}`,
    ['changed-controls', ...threats],
    what,
    { verb: 'create', object },
  ];
  const subjects = [{ kind: 'User', name: NAME, apiGroup: RBAC }];
  return [
    create(
      'network-policy',
      ['additive-policy'],
      'one more network policy that opens everything',
      made('networking.k8s.io/v1', 'NetworkPolicy', namespace, {
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
      }),
    ),
    create(
      'ingress',
      ['side-door'],
      'an Ingress past the front',
      made('networking.k8s.io/v1', 'Ingress', namespace, {
        spec: { defaultBackend: { service: { name: 'gateway', port: { number: 8443 } } } },
      }),
    ),
    create(
      'service',
      ['side-door', 'false-gateway-address'],
      'a Service of somebody',
      made('v1', 'Service', namespace, { spec: { selector: { app: NAME }, ports: [{ port: 443 }] } }),
    ),
    create(
      'config-map',
      ['configuration-in-place'],
      'a configuration of somebody',
      made('v1', 'ConfigMap', namespace, { data: { key: 'value' } }),
    ),
    create('service-account', ['borrowed-account', 'ambient-credential'], 'an account with a role in the cloud', {
      ...made('v1', 'ServiceAccount', namespace, {}),
      metadata: { name: NAME, namespace, annotations: { 'iam.gke.io/gcp-service-account': NAME } },
    }),
    create(
      'role',
      ['widened-rights'],
      'a Role',
      made(`${RBAC}/v1`, 'Role', namespace, {
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }],
      }),
    ),
    create(
      'role-binding',
      ['widened-rights'],
      'a RoleBinding to a role of the cluster',
      made(`${RBAC}/v1`, 'RoleBinding', namespace, {
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'view' },
        subjects,
      }),
    ),
    create(
      'disruption-budget',
      ['slow-death', 'kill-switch-disarmed'],
      'a PodDisruptionBudget against every end',
      made('policy/v1', 'PodDisruptionBudget', namespace, { spec: { maxUnavailable: 0, selector: {} } }),
    ),
    create(
      'quota',
      ['noisy-neighbour'],
      'one more ResourceQuota',
      made('v1', 'ResourceQuota', namespace, { spec: { hard: { pods: '0' } } }),
    ),
    create(
      'limits',
      ['noisy-neighbour'],
      'one more LimitRange',
      made('v1', 'LimitRange', namespace, { spec: { limits: [{ type: 'Container', max: { cpu: '1m' } }] } }),
    ),
  ];
};

/** Custom resources, where the environment has their kind. */
const custom = (subject: Subject): Row[] => {
  const { control } = subject.names;
  const rows: readonly [string, string, string[], Loose][] = [
    [
      'Certificate',
      "a certificate with the governor's name",
      ['forged-certificate'],
      made(CERTIFICATES, 'Certificate', control, {
        spec: { secretName: NAME, dnsNames: [subject.names.service('governor')], issuerRef: { name: 'ca' } },
      }),
    ],
    [
      'Certificate',
      'a request for a certificate, past the Certificate',
      ['forged-certificate'],
      made(CERTIFICATES, 'CertificateRequest', control, { spec: { request: 'eA==', issuerRef: { name: 'ca' } } }),
    ],
    [
      'Issuer',
      'another authority',
      ['forged-certificate'],
      made(CERTIFICATES, 'Issuer', control, { spec: { selfSigned: {} } }),
    ],
    [
      'HTTPRoute',
      'a route to the governor',
      ['side-door'],
      made(GATEWAY, 'HTTPRoute', control, {
        spec: { hostnames: ['proof.invalid'], rules: [{ backendRefs: [{ name: 'governor', port: 50051 }] }] },
      }),
    ],
    [
      'Route',
      'a route to the governor',
      ['side-door'],
      made('route.openshift.io/v1', 'Route', control, {
        spec: { host: 'proof.invalid', to: { kind: 'Service', name: 'governor', weight: 100 } },
      }),
    ],
  ];
  return rows
    .filter(([kind]) => subject.has(kind))
    .map(([, what, threats, object]) => [
      `controls/${object.kind.toLowerCase()}`,
      ['changed-controls', ...threats],
      what,
      { verb: 'create', object },
    ]);
};

const ref = (apiVersion: string, kind: string, namespace: string, name: string): Ref => ({
  apiVersion,
  kind,
  name,
  namespace,
});

/** What stands there, changed or taken away. */
const changed = (subject: Subject, namespace: string, where: string): Row[] => {
  const [service = ''] = subject.namesOf('Service', namespace);
  const [account = ''] = subject.namesOf('ServiceAccount', namespace);
  const [configuration = ''] = subject.namesOf('ConfigMap', namespace);
  const [allow = ''] = subject.namesOf('NetworkPolicy', namespace).filter((name) => name !== 'default-deny');
  const network = (name: string): Ref => ref('networking.k8s.io/v1', 'NetworkPolicy', namespace, name);
  const rows: readonly [string, string[], string, Case['attempt']][] = [
    [
      'no-default-deny',
      ['additive-policy'],
      'the default deny deleted',
      { verb: 'delete', ref: network('default-deny') },
    ],
    [
      'wider-allow',
      ['additive-policy', 'quarantine-that-leaks'],
      'a peer added to a network policy',
      {
        verb: 'update',
        ref: network(allow),
        change: (o) => (o.spec.egress = [...(o.spec.egress ?? []), {}]),
      },
    ],
    ['allow-deleted', ['changed-controls'], 'a network policy deleted', { verb: 'delete', ref: network(allow) }],
    [
      'service-selector',
      ['false-gateway-address', 'side-door'],
      'a Service that leads to other pods',
      {
        verb: 'update',
        ref: ref('v1', 'Service', namespace, service),
        change: (o) => (o.spec.selector = { app: NAME }),
      },
    ],
    [
      'service-deleted',
      ['false-gateway-address'],
      'a Service deleted',
      { verb: 'delete', ref: ref('v1', 'Service', namespace, service) },
    ],
    [
      'account-annotated',
      ['ambient-credential'],
      'an account bound to a role in the cloud',
      {
        verb: 'update',
        ref: ref('v1', 'ServiceAccount', namespace, account),
        change: (o) => (o.metadata.annotations = { ...o.metadata.annotations, 'eks.amazonaws.com/role-arn': NAME }),
      },
    ],
    [
      'configuration-deleted',
      ['configuration-in-place'],
      'a configuration deleted',
      {
        verb: 'delete',
        ref: ref('v1', 'ConfigMap', namespace, configuration),
      },
    ],
    [
      'quota-raised',
      ['noisy-neighbour'],
      'the quota raised',
      {
        verb: 'update',
        ref: ref('v1', 'ResourceQuota', namespace, 'quota'),
        change: (o) => (o.spec.hard.pods = '1000'),
      },
    ],
    [
      'limits-deleted',
      ['noisy-neighbour'],
      'the limits deleted',
      { verb: 'delete', ref: ref('v1', 'LimitRange', namespace, 'limits') },
    ],
    [
      'warden-widened',
      ['widened-rights'],
      "the warden's rights widened",
      {
        verb: 'update',
        ref: ref(`${RBAC}/v1`, 'Role', namespace, 'warden'),
        change: (o) => o.rules.push({ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }),
      },
    ],
    [
      'warden-unbound',
      ['kill-switch-disarmed'],
      "the warden's rights taken away",
      {
        verb: 'delete',
        ref: ref(`${RBAC}/v1`, 'RoleBinding', namespace, 'warden'),
      },
    ],
  ];
  return rows.map(([id, threats, what, attempt]) => [
    `controls/${where}-${id}`,
    ['changed-controls', ...threats],
    what,
    attempt,
  ]);
};

/** The deployers are bound as well, by what nobody should change. */
const byDeployers = (subject: Subject): Case[] => {
  const { agents, control } = subject.names;
  const [configuration = ''] = subject.namesOf('ConfigMap', agents);
  const outside = (type: string): Loose =>
    made('v1', 'Service', agents, { spec: { type, selector: { app: NAME }, ports: [{ port: 443 }] } });
  const row = (control: string, [id, threats, what, attempt]: Row): Case =>
    refused(control, { id, threats, what, attempt, as: subject.who.deployer });
  return [
    row('ResourceQuota', [
      'quota/node-port',
      ['side-door'],
      'a NodePort',
      { verb: 'create', object: outside('NodePort') },
    ]),
    row('ResourceQuota', [
      'quota/load-balancer',
      ['side-door'],
      'a load balancer',
      { verb: 'create', object: outside('LoadBalancer') },
    ]),
    row('API server', [
      'immutable/configuration',
      ['configuration-in-place'],
      'a configuration changed in place',
      {
        verb: 'update',
        ref: ref('v1', 'ConfigMap', agents, configuration),
        change: (o) => (o.data = { ...o.data, other: 'x' }),
      },
    ]),
    ...subject
      .namesOf('ConfigMap', control)
      .filter((name) => name.startsWith('governor-policies-'))
      .map((name) =>
        row('API server', [
          'immutable/governor',
          ['configuration-in-place'],
          'the policies of the governor changed in place',
          {
            verb: 'update',
            ref: ref('v1', 'ConfigMap', control, name),
            change: (o) => (o.data['policies.cedar'] = 'permit(principal, action, resource);'),
          },
        ]),
      ),
  ];
};

/** What governs is changed by the declared deployers alone, also against somebody with every right in the namespaces. */
export const controls: Family = (subject) => {
  const { agents, control } = subject.names;
  const rows = [
    ...created(agents, 'agents'),
    ...created(control, 'control'),
    ...custom(subject),
    ...changed(subject, agents, 'agents'),
    ...changed(subject, control, 'control'),
  ];
  return [
    ...rows.map(([id, threats, what, attempt]) =>
      refused(policy('controls'), { id, threats: [...new Set(threats)], what, attempt, as: subject.who.owner }),
    ),
    ...byDeployers(subject),
  ];
};
