import { LABEL } from '../../lib/names';
import { allowed, type Case, type Family, policy, type Ref, refused } from '../case';
import { type Loose, type Subject, WAITING } from '../subject';
import { agentOf, FOREIGN } from './_pods';

/** The pod that the proof keeps in a namespace. */
export const waitingPod = (namespace: string): Ref => ({ apiVersion: 'v1', kind: 'Pod', name: WAITING, namespace });

const unchanged = (subject: Subject, namespace: string, where: string): Case[] => {
  const ref = waitingPod(namespace);
  const relabel = (key: string) => (pod: Loose) => (pod.metadata.labels[key] = 'firepit-proof');
  const attempts: readonly [string, readonly string[], string, (pod: Loose) => unknown, string?][] = [
    ['image', ['image-swapped-on-update'], 'the image of a running pod', (p) => (agentOf(p).image = FOREIGN)],
    ['component', ['borrowed-labels'], 'the label of its part on a running pod', relabel(LABEL.component)],
    ['environment', ['borrowed-labels'], 'the label of its environment on a running pod', relabel(LABEL.environment)],
    ['agent', ['borrowed-labels'], 'the label of its agent on a running pod', relabel(LABEL.agent)],
    [
      'label-by-status',
      ['borrowed-labels'],
      'a label of a running pod through its status',
      relabel(LABEL.component),
      'status',
    ],
  ];
  return attempts.map(([id, threats, what, change, subresource]) =>
    refused(policy('images-unchanged'), {
      id: `running-pod/${where}-${id}`,
      threats,
      what: `${what} changes`,
      as: subject.who.owner,
      attempt: { verb: 'update', ref, change, ...(subresource === undefined ? {} : { subresource }) },
    }),
  );
};

const entered = (subject: Subject, namespace: string, where: string): Case[] => {
  const ref = waitingPod(namespace);
  const ways: readonly [string, string, string][] = [
    ['exec', 'exec', 'command=id&stdout=true'],
    ['attach', 'attach', 'stdout=true'],
    ['port-forward', 'portforward', 'ports=8080'],
    ['proxy', 'proxy', ''],
  ];
  return [
    ...ways.map(([id, subresource, query]) =>
      refused(policy('no-exec'), {
        id: `running-pod/${where}-${id}`,
        threats: ['exec-into-a-pod'],
        what: `${id} into a running pod`,
        as: subject.who.owner,
        attempt: { verb: 'post', ref, subresource, query },
      }),
    ),
    refused(policy('no-ephemeral-containers'), {
      id: `running-pod/${where}-ephemeral-container`,
      threats: ['exec-into-a-pod', 'undeclared-workload'],
      what: 'a container joins a running pod',
      as: subject.who.owner,
      attempt: {
        verb: 'update',
        ref,
        subresource: 'ephemeralcontainers',
        change: (pod) => {
          const { lifecycle: _, name: __, ports: ___, resources: ____, ...like } = agentOf(pod);
          for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) delete like[probe];
          pod.spec.ephemeralContainers = [{ ...like, name: 'debugger' }];
        },
      },
    }),
  ];
};

/** Admitted pods stay what they were, and nobody enters them. */
export const runningPods: Family = (subject) => {
  const { agents, control } = subject.names;
  return [
    ...unchanged(subject, agents, 'agent'),
    ...unchanged(subject, control, 'control'),
    ...entered(subject, agents, 'agent'),
    ...entered(subject, control, 'control'),
    refused(policy('no-exec'), {
      id: 'running-pod/service-proxy',
      threats: ['exec-into-a-pod', 'side-door'],
      what: 'the API server as a proxy to a Service',
      as: subject.who.owner,
      attempt: {
        verb: 'post',
        ref: { apiVersion: 'v1', kind: 'Service', name: 'https:governor:50051', namespace: control },
        subresource: 'proxy',
      },
    }),
    refused(policy('prompt-end'), {
      id: 'running-pod/finalizer',
      threats: ['slow-death'],
      what: 'a finalizer on a running pod',
      as: subject.who.owner,
      attempt: {
        verb: 'update',
        ref: waitingPod(agents),
        change: (pod) => (pod.metadata.finalizers = ['example.com/stay']),
      },
    }),
    allowed(policy('images-unchanged'), {
      id: 'running-pod/other-label',
      threats: [],
      what: 'a label of no meaning on a running pod',
      as: subject.who.deployer,
      attempt: {
        verb: 'patch',
        ref: waitingPod(agents),
        patch: { metadata: { labels: { 'example.com/team': 'blue' } } },
      },
    }),
    allowed(policy('prompt-end'), {
      id: 'running-pod/deleted',
      threats: ['kill-switch-disarmed'],
      what: 'the deletion of a running pod',
      as: subject.who.owner,
      attempt: { verb: 'delete', ref: waitingPod(agents) },
    }),
  ];
};
