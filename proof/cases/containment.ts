import { LABEL } from '../../lib/names';
import { CA_BUNDLE, CONTAINMENT_RECORD } from '../../lib/runtime/objects';
import { allowed, type Case, type Family, policy, type Ref, refused } from '../case';
import type { Loose, Subject } from '../subject';
import { agentObjects } from './_suspension';
import { waitingPod } from './running-pods';

const record = (subject: Subject, name: string): Ref => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  namespace: subject.names.control,
});

/** Who may say that an agent is contained. */
const records = (subject: Subject): Case[] => {
  const { deployer, warden } = subject.who;
  const of = (name: string): Case[] => {
    const ref = record(subject, name);
    const row = (id: string, what: string, attempt: Case['attempt']): Case =>
      refused(policy('containment-record'), {
        id: `containment/${name}-${id}`,
        threats: ['kill-that-does-not-stick'],
        what: `${what} the record ${name}`,
        as: deployer,
        attempt,
      });
    return [
      row('written', 'a deployer writes', { verb: 'patch', ref, patch: { data: { 'firepit-proof': '{}' } } }),
      row('binary', 'a deployer hides data in', {
        verb: 'patch',
        ref,
        patch: { binaryData: { 'firepit-proof': 'eA==' } },
      }),
      row('frozen', 'a deployer freezes', { verb: 'patch', ref, patch: { immutable: true } }),
      row('deleted', 'a deployer deletes', { verb: 'delete', ref }),
      allowed(policy('containment-record'), {
        id: `containment/${name}-by-warden`,
        threats: ['kill-switch-disarmed'],
        what: `the warden writes the record ${name}`,
        as: warden,
        attempt: { verb: 'patch', ref, patch: { data: { 'firepit-proof': '{}' } } },
      }),
    ];
  };
  return [...of(CONTAINMENT_RECORD), ...of(CA_BUNDLE)];
};

/** What the warden does must pass whatever is down; so must a person's hand on the label. */
const reach = (subject: Subject, phase: 'unguarded' | 'in-force'): Case[] => {
  const { agents } = subject.names;
  const kinds = new Map(agentObjects(subject).map((object) => [object.kind, object]));
  const suffix = phase === 'unguarded' ? '-unguarded' : '';
  const label = { metadata: { labels: { [LABEL.quarantine]: 'true' } } };
  const row = (id: string, what: string, attempt: Case['attempt'], as = subject.who.warden): Case =>
    allowed('RBAC', { id: `containment/${id}${suffix}`, threats: ['kill-switch-disarmed'], what, as, phase, attempt });
  return [
    row('quarantined', 'the warden quarantines', { verb: 'patch', ref: waitingPod(agents), patch: label }),
    row(
      'quarantined-by-hand',
      'a person quarantines',
      { verb: 'patch', ref: waitingPod(agents), patch: label },
      subject.who.owner,
    ),
    ...[...kinds.values()].map((object) => ({
      ...row('suspended', `the warden suspends a ${object.kind}`, object.suspend),
      on: object.ref.name,
    })),
    row('killed', 'the warden deletes a pod', { verb: 'delete', ref: waitingPod(agents) }),
  ];
};

/** While the record names the first agent, and its pod is quarantined. */
const held = (subject: Subject): Case[] => {
  const [agent = '', ...others] = subject.agents;
  const { controller, deployer, owner, warden } = subject.who;
  const ref = waitingPod(subject.names.agents);
  const pod = (id: string, what: string, as = owner): Case =>
    refused(policy('containment'), {
      id: `containment/${id}`,
      threats: ['kill-that-does-not-stick'],
      what,
      on: agent,
      as,
      phase: 'held',
      attempt: { verb: 'create', object: subject.agentPod(agent) },
    });
  const lift = (id: string, what: string, change: (pod: Loose) => unknown, subresource?: string): Case =>
    refused(policy('quarantine-label'), {
      id: `containment/${id}`,
      threats: ['quarantine-that-leaks'],
      what,
      as: deployer,
      phase: 'held',
      attempt: { verb: 'update', ref, change, ...(subresource === undefined ? {} : { subresource }) },
    });
  const without = (o: Loose): unknown => delete o.metadata.labels[LABEL.quarantine];
  return [
    pod('held-against-owner', 'somebody makes a pod of a contained agent'),
    pod('held-against-deployer', 'a deployer makes a pod of a contained agent', deployer),
    pod('held-against-controller', 'a ReplicaSet makes a pod of a contained agent', controller),
    lift('label-removed', 'a deployer lifts the quarantine', without),
    lift('label-changed', 'a deployer changes the quarantine', (o) => (o.metadata.labels[LABEL.quarantine] = 'no')),
    lift('label-by-status', 'a deployer lifts the quarantine through the status', without, 'status'),
    allowed(policy('quarantine-label'), {
      id: 'containment/label-by-warden',
      threats: ['kill-switch-disarmed'],
      what: 'the warden lifts the quarantine',
      as: warden,
      phase: 'held',
      attempt: { verb: 'patch', ref, patch: { metadata: { labels: { [LABEL.quarantine]: null } } } },
    }),
    allowed(policy('containment-record'), {
      id: 'containment/reapplied',
      threats: ['kill-that-does-not-stick'],
      what: 'a deployer applies the record again, and it still names the agent',
      as: deployer,
      phase: 'held',
      attempt: { verb: 'apply', object: subject.object('ConfigMap', CONTAINMENT_RECORD, subject.names.control) },
      holds: ({ data }) => (data?.[agent] === undefined ? 'the record is empty' : undefined),
    }),
    allowed('RBAC', {
      id: 'containment/killed-while-held',
      threats: ['kill-switch-disarmed', 'slow-death'],
      what: 'the warden deletes the pod of a contained agent',
      as: warden,
      phase: 'held',
      attempt: { verb: 'delete', ref },
    }),
    ...others.map((other) =>
      allowed(policy('containment'), {
        id: 'containment/others-go-on',
        threats: ['kill-that-does-not-stick'],
        what: 'a pod of another agent',
        on: other,
        as: controller,
        phase: 'held',
        attempt: { verb: 'create', object: subject.agentPod(other) },
      }),
    ),
  ];
};

/** The kill switch: what makes it stick, and that nothing stands in its way. */
export const containment: Family = (subject) => [
  ...records(subject),
  ...reach(subject, 'unguarded'),
  ...reach(subject, 'in-force'),
  ...held(subject),
];
