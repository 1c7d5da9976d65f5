import { allowed, type Case, type Family, policy, type Ref } from '../case';
import type { Subject } from '../subject';
import { FOREIGN } from './_pods';
import { agentObjects } from './_suspension';

/** Namespaced objects that a copy really holds; the rest of the environment is not applied there (stage.ts). */
const APPLIED_AGAIN = [
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'Deployment',
  'StatefulSet',
  'Job',
  'CronJob',
  'Sandbox',
];

const pods = (subject: Subject): Case[] => [
  ...subject.agents.map((agent) =>
    allowed(policy('agent-pods'), {
      id: 'valid/agent-pod',
      threats: [],
      what: 'the declared pod of an agent',
      on: agent,
      as: subject.who.controller,
      attempt: { verb: 'create', object: subject.agentPod(agent) },
    }),
  ),
  ...subject.agents.map((agent) => {
    const object = subject.agentPod(agent);
    object.metadata.finalizers = ['batch.kubernetes.io/job-tracking'];
    return allowed(policy('prompt-end'), {
      id: 'valid/job-finalizer',
      threats: [],
      what: "a pod with a Job's own finalizer",
      on: agent,
      as: subject.who.controller,
      attempt: { verb: 'create', object },
    });
  }),
  // Without namespace selector a policy would govern what it was never declared for.
  allowed('API server', {
    id: 'valid/elsewhere',
    threats: ['reach-into-others'],
    what: 'a pod of somebody in a namespace that is not governed',
    attempt: {
      verb: 'create',
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'firepit-proof', namespace: 'default' },
        spec: { containers: [{ name: 'any', image: FOREIGN }] },
      },
    },
  }),
  ...subject.components.map((component) =>
    allowed(policy('control-pods'), {
      id: 'valid/control-pod',
      threats: [],
      what: 'the declared pod of a part',
      on: component,
      as: subject.who.controller,
      attempt: { verb: 'create', object: subject.controlPod(component) },
    }),
  ),
];

const changes = (subject: Subject): Case[] => {
  const { agents, control } = subject.names;
  const scaled = agentObjects(subject).find(({ kind }) => kind === 'Deployment')?.ref;
  const deployment = (namespace: string, name: string): Ref => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name,
    namespace,
  });
  const restart = {
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } } },
  };
  return [
    ...(scaled === undefined
      ? []
      : [
          allowed('RBAC', {
            id: 'valid/rollout',
            threats: [],
            what: 'a deployer restarts an agent',
            as: subject.who.deployer,
            attempt: { verb: 'patch', ref: scaled, patch: restart },
          }),
          allowed('RBAC', {
            id: 'valid/scale',
            threats: [],
            what: 'a deployer scales an agent',
            as: subject.who.deployer,
            attempt: { verb: 'patch', ref: scaled, subresource: 'scale', patch: { spec: { replicas: 2 } } },
          }),
        ]),
    allowed('RBAC', {
      id: 'valid/control-rollout',
      threats: [],
      what: 'a deployer restarts the gateway',
      as: subject.who.deployer,
      attempt: { verb: 'patch', ref: deployment(control, 'gateway'), patch: restart },
    }),
    allowed(policy('controls'), {
      id: 'valid/network-policy',
      threats: [],
      what: 'a deployer labels a network policy',
      as: subject.who.deployer,
      attempt: {
        verb: 'patch',
        ref: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: 'default-deny', namespace: agents },
        patch: { metadata: { labels: { 'example.com/team': 'blue' } } },
      },
    }),
    allowed(policy('controls'), {
      id: 'valid/cluster-ca',
      threats: [],
      what: "the cluster publishes its own authority's certificate",
      as: {
        user: 'system:serviceaccount:kube-system:root-ca-cert-publisher',
        groups: ['system:serviceaccounts', 'system:authenticated'],
      },
      attempt: {
        verb: 'create',
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'kube-root-ca.crt.new', namespace: agents },
          data: { 'ca.crt': '' },
        },
      },
    }),
  ];
};

/** The deployers apply what they applied: nothing is refused, and nothing changes but who wrote it. */
const again = (subject: Subject): Case[] =>
  subject.objects
    .filter(
      ({ kind, metadata: { namespace } }) =>
        APPLIED_AGAIN.includes(kind) && [subject.names.agents, subject.names.control].includes(namespace ?? ''),
    )
    .map((object) =>
      allowed(policy('controls'), {
        id: `valid/applied-again-${object.kind.toLowerCase()}`,
        threats: [],
        what: 'a deployer applies it again',
        on: `${object.metadata.namespace}/${object.metadata.name}`,
        as: subject.who.deployer,
        attempt: { verb: 'apply', object: structuredClone(object) },
      }),
    );

/** What must pass: an environment that refuses everything governs nothing. */
export const valid: Family = (subject) => [...pods(subject), ...changes(subject), ...again(subject)];
