import type { NamedAttack } from './attacks';
import { AGENT, add, CONTROL, E, edit, type Loose, object, remove } from './edit';

const RBAC = 'rbac.authorization.k8s.io';
const role = (name: string, namespace: string, rules: Loose): Loose =>
  object(`${RBAC}/v1`, 'Role', name, namespace, { rules });
const bind = (name: string, namespace: string | undefined, kind: string, to: string, subject: Loose): Loose =>
  object(`${RBAC}/v1`, namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding', name, namespace, {
    roleRef: { apiGroup: RBAC, kind, name: to },
    subjects: [subject],
  });
const agent = { kind: 'ServiceAccount', name: AGENT, namespace: E };

/** Rights, Secrets, and accounts. */
export const rightsAttacks: readonly NamedAttack[] = [
  { name: "a RoleBinding to the agent's account", attack: add(bind('agent', E, 'Role', 'warden', agent)) },
  {
    name: "a ClusterRoleBinding to the agent's account",
    attack: add(bind(`${E}-agent`, undefined, 'ClusterRole', 'view', agent)),
  },
  {
    name: 'a ClusterRoleBinding to every account of the namespace',
    attack: add(
      bind(`${E}-all`, undefined, 'ClusterRole', 'view', {
        kind: 'Group',
        apiGroup: RBAC,
        name: `system:serviceaccounts:${E}`,
      }),
    ),
  },
  {
    name: 'a RoleBinding to everybody',
    attack: add(
      bind('all', CONTROL, 'Role', 'warden', { kind: 'Group', apiGroup: RBAC, name: 'system:authenticated' }),
    ),
  },
  {
    name: 'a Role with a wildcard',
    attack: add(role('any', E, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])),
  },
  {
    name: 'a ClusterRole with a wildcard',
    attack: add(
      object(`${RBAC}/v1`, 'ClusterRole', `${E}-any`, undefined, {
        rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get'] }],
      }),
    ),
  },
  {
    name: 'an aggregated ClusterRole',
    attack: add(
      object(`${RBAC}/v1`, 'ClusterRole', `${E}-sum`, undefined, {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { any: 'x' } }] },
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
      }),
    ),
  },
  {
    name: 'the warden may read every Secret',
    attack: edit('Role', 'warden', ({ rules }) => delete rules[1].resourceNames, CONTROL),
  },
  {
    name: 'the warden may run commands in pods',
    attack: edit(
      'Role',
      'warden',
      ({ rules }) => rules.push({ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }),
      E,
    ),
  },
  {
    name: 'the warden may make pods',
    attack: edit('Role', 'warden', ({ rules }) => rules[0].verbs.push('create'), E),
    unseen: 'admission still refuses what is not declared',
  },
  {
    name: 'the warden may not delete pods',
    attack: edit('Role', 'warden', ({ rules }) => (rules[0].verbs = ['get', 'list', 'watch', 'patch']), E),
  },
  {
    name: 'the warden may not write the record',
    attack: edit('Role', 'warden', ({ rules }) => (rules[0].verbs = ['get']), CONTROL),
  },
  {
    name: 'the warden may not scale',
    attack: edit(
      'Role',
      'warden',
      (o) => (o.rules = o.rules.filter((r: Loose) => !r.resources.includes('deployments/scale'))),
      E,
    ),
  },
  { name: 'the warden is bound to nothing', attack: remove('RoleBinding', 'warden', E) },
  {
    name: 'somebody else may write the record',
    attack: add(
      role('record', CONTROL, [
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['containment'], verbs: ['update'] },
      ]),
      bind('record', CONTROL, 'Role', 'record', { kind: 'ServiceAccount', name: 'governor', namespace: CONTROL }),
    ),
  },
  {
    name: 'the governor is a cluster administrator',
    attack: edit(
      'ClusterRoleBinding',
      `${E}-governor-issuer-discovery`,
      ({ roleRef }) => (roleRef.name = 'cluster-admin'),
    ),
  },
  {
    name: 'everybody reads the token issuer of the binding',
    attack: edit('ClusterRoleBinding', `${E}-governor-issuer-discovery`, (o) => (o.subjects = [agent])),
  },
  {
    name: 'a Secret with data',
    attack: add(object('v1', 'Secret', 'claude', CONTROL, { stringData: { key: 'sk-live' } })),
  },
  {
    name: 'a Secret with data beside the agents',
    attack: add(object('v1', 'Secret', 'claude', E, { data: { key: 'c2stbGl2ZQ==' } })),
  },
  {
    name: 'an identity that is handed out by hand',
    attack: edit('Secret', `${AGENT}-identity`, (o) => (o.data = { 'tls.key': 'eA==' })),
  },
  {
    name: 'a token of the agent that never ends',
    attack: add({
      ...object('v1', 'Secret', 'forever', E),
      metadata: { name: 'forever', namespace: E, annotations: { 'kubernetes.io/service-account.name': AGENT } },
      type: 'kubernetes.io/service-account-token',
    }),
    unseen: 'nothing mounts it, and a rule on its type is the refusal',
  },
  {
    name: 'a certificate authority beside the agents',
    attack: add(
      object('cert-manager.io/v1', 'Certificate', 'ca', E, {
        spec: { isCA: true, secretName: 'ca', issuerRef: { name: 'ca', kind: 'Issuer' } },
      }),
    ),
    unseen: 'it does not follow certificates',
  },
  {
    name: 'an agent that is certified as the gateway',
    attack: edit('Certificate', `agent-${AGENT}-tls`, ({ spec }) => spec.dnsNames.push(`gateway.${CONTROL}.svc`)),
    unseen: 'it does not follow certificates',
  },
  {
    name: 'a leaf that may sign',
    attack: edit('Certificate', `agent-${AGENT}-tls`, ({ spec }) => (spec.isCA = true)),
    unseen: 'it does not follow certificates',
  },
  {
    name: 'an issuer beside the agents',
    attack: add(object('cert-manager.io/v1', 'Issuer', 'ca', E, { spec: { ca: { secretName: 'ca' } } })),
    unseen: 'it does not follow certificates',
  },
  {
    name: 'an external secret beside the agents',
    attack: add(
      object('external-secrets.io/v1', 'ExternalSecret', 'claude', E, {
        spec: { secretStoreRef: { name: 'vault', kind: 'ClusterSecretStore' }, target: { name: 'claude' }, data: [] },
      }),
    ),
    unseen: 'it holds no data here',
  },
];
