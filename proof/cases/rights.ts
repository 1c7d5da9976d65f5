import { type Case, type Family, policy, type Ref, refused } from '../case';
import type { Subject } from '../subject';
import { agentObjects } from './_suspension';

const ADMISSION = 'admissionregistration.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';

/** Objects of the cluster, out of reach for somebody with every right inside the namespaces. */
const cluster = (subject: Subject): Case[] => {
  const { owner } = subject.who;
  const kinds: readonly [kind: string, apiVersion: string, threats: readonly string[]][] = [
    ['ValidatingAdmissionPolicy', ADMISSION, ['admission-switched-off']],
    ['ValidatingAdmissionPolicyBinding', ADMISSION, ['admission-switched-off']],
    ['MutatingAdmissionPolicy', ADMISSION, ['admission-switched-off', 'false-gateway-address']],
    ['MutatingAdmissionPolicyBinding', ADMISSION, ['admission-switched-off', 'false-gateway-address']],
    ['ImageValidatingPolicy', 'policies.kyverno.io/v1', ['signature-check-down', 'admission-switched-off']],
    ['ClusterNetworkPolicy', 'policy.networking.k8s.io/v1alpha2', ['quarantine-that-leaks', 'additive-policy']],
    ['AdminNetworkPolicy', 'policy.networking.k8s.io/v1alpha1', ['quarantine-that-leaks', 'additive-policy']],
    ['ClusterRoleBinding', RBAC, ['widened-rights']],
  ];
  return kinds.flatMap(([kind, apiVersion, threats]) => {
    const [name] = subject.namesOf(kind);
    if (name === undefined) return [];
    const ref: Ref = { apiVersion, kind, name };
    const id = kind.toLowerCase();
    return [
      refused('RBAC', {
        id: `rights/${id}-deleted`,
        threats,
        what: `a ${kind} deleted from inside`,
        as: owner,
        attempt: { verb: 'delete', ref },
      }),
      refused('RBAC', {
        id: `rights/${id}-changed`,
        threats,
        what: `a ${kind} changed from inside`,
        as: owner,
        attempt: { verb: 'update', ref, change: (o) => (o.metadata.annotations = { 'firepit.dev/proof': 'x' }) },
      }),
    ];
  });
};

/** What an agent, the warden or anybody else may not, whatever admission would say. */
const few = (subject: Subject): Case[] => {
  const { agents, control } = subject.names;
  const { administrator, owner, stranger, warden } = subject.who;
  const [agent = ''] = subject.agents;
  const self = subject.who.agent(agent);
  const namespace = (name: string): Ref => ({ apiVersion: 'v1', kind: 'Namespace', name });
  const [first] = agentObjects(subject);
  const kinds = new Map(agentObjects(subject).map((object) => [object.kind, object]));
  const secret: Ref = { apiVersion: 'v1', kind: 'Secret', name: 'firepit-proof', namespace: control };
  const lowered = (o: { metadata: { labels: Record<string, string> } }): unknown =>
    (o.metadata.labels['pod-security.kubernetes.io/enforce'] = 'privileged');
  const row = (id: string, threats: readonly string[], what: string, as: Case['as'], attempt: Case['attempt']): Case =>
    refused('RBAC', { id: `rights/${id}`, threats, what, ...(as === undefined ? {} : { as }), attempt });
  return [
    row('namespace-lowered', ['pod-security-lowered'], 'an administrator lowers Pod Security', administrator, {
      verb: 'update',
      ref: namespace(agents),
      change: lowered,
    }),
    row(
      'control-namespace-lowered',
      ['pod-security-lowered'],
      'an administrator lowers Pod Security of E-control',
      administrator,
      {
        verb: 'update',
        ref: namespace(control),
        change: lowered,
      },
    ),
    row('webhooks-deleted', ['signature-check-down'], "Kyverno's webhooks deleted from inside", owner, {
      verb: 'delete',
      ref: {
        apiVersion: ADMISSION,
        kind: 'ValidatingWebhookConfiguration',
        name: 'kyverno-resource-validating-webhook-cfg',
      },
    }),
    row('cluster-role-bound', ['widened-rights'], 'a role of the whole cluster, bound from inside', owner, {
      verb: 'create',
      object: {
        apiVersion: RBAC,
        kind: 'ClusterRoleBinding',
        metadata: { name: `${subject.names.environment}-mine` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [],
      },
    }),
    row('agent-reads-secrets', ['api-server-from-a-pod', 'credential-spread'], 'an agent reads a Secret', self, {
      verb: 'get',
      ref: secret,
    }),
    ...(first === undefined
      ? []
      : [
          row(
            'agent-changes-itself',
            ['api-server-from-a-pod'],
            `an agent changes its ${first.kind}`,
            self,
            first.otherwise,
          ),
        ]),
    row('stranger-reads-secrets', ['credential-spread'], 'a stranger reads a Secret', stranger, {
      verb: 'get',
      ref: secret,
    }),
    row('warden-makes-pods', ['widened-rights'], 'the warden makes a pod', warden, {
      verb: 'create',
      object: subject.agentPod(agent),
    }),
    row('warden-reads-secrets', ['widened-rights', 'credential-spread'], 'the warden reads a credential', warden, {
      verb: 'get',
      ref: secret,
    }),
    ...[...kinds.values()].map((object) => ({
      ...(object.byRights
        ? row(
            'warden-changes-workloads',
            ['widened-rights'],
            `the warden changes a ${object.kind}`,
            warden,
            object.otherwise,
          )
        : refused(policy(`suspension-${object.resource}`), {
            id: `rights/warden-changes-${object.resource}`,
            threats: ['widened-rights', 'agent-without-end'],
            what: `the warden changes a ${object.kind}`,
            as: warden,
            attempt: object.otherwise,
          })),
      on: object.ref.name,
    })),
    row('warden-enters', ['widened-rights', 'exec-into-a-pod'], 'the warden enters a pod', warden, {
      verb: 'post',
      ref: { apiVersion: 'v1', kind: 'Pod', name: 'firepit-proof', namespace: agents },
      subresource: 'exec',
      query: 'command=id&stdout=true',
    }),
  ];
};

/** What RBAC alone refuses: admission policies cannot guard themselves. */
export const rights: Family = (subject) => [...cluster(subject), ...few(subject)];
