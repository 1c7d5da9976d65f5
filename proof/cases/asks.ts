import { ASKED, askOf } from '../../lib/admission/asks';
import { allowed, type Case, type Family, refused } from '../case';
import type { Loose } from '../subject';

const THREATS = ['made-before-admission'];

/** What a pod still asks for. */
const open = ({ spec }: Loose): string[] =>
  ['limits', 'requests'].flatMap((side) =>
    ASKED.map(askOf).filter((ask) => spec.containers[0].resources[side][ask] !== undefined),
  );

/** A pod that is made before a policy is in force is refused, and each policy answers for itself once it is. */
export const asks: Family = (subject): Case[] => {
  const answering = ASKED.filter((id) => subject.has('MutatingAdmissionPolicy', subject.names.cluster(id)));
  const [agent = ''] = subject.agents;
  const privileged = subject.agentPod(agent);
  Object.assign(privileged.spec.containers[0].securityContext, { privileged: true, allowPrivilegeEscalation: true });
  return [
    refused('Pod Security', {
      id: 'asks/early-privileged',
      threats: ['escape-to-the-node'],
      what: 'a privileged container before any policy is there',
      as: subject.who.owner,
      on: agent,
      phase: 'early',
      attempt: { verb: 'create', object: privileged },
    }),
    ...(answering.length === 0 ? [] : subject.agents).map((on) =>
      refused('ResourceQuota', {
        id: 'asks/early',
        threats: THREATS,
        what: 'the declared pod before any policy is there',
        as: subject.who.controller,
        on,
        phase: 'early',
        attempt: { verb: 'create', object: subject.agentPod(on) },
      }),
    ),
    ...answering.map((id) =>
      allowed(`MutatingAdmissionPolicy E-${id}`, {
        id: `asks/answered-${id}`,
        threats: THREATS,
        what: 'a pod of which all demands hold asks no more',
        as: subject.who.controller,
        on: agent,
        attempt: { verb: 'create', object: subject.agentPod(agent) },
        holds: (pod) => (open(pod).length === 0 ? undefined : `the pod still asks for ${open(pod).join(', ')}`),
      }),
    ),
  ];
};
