import { type Case, type Control, refused } from '../case';
import type { Loose, Subject } from '../subject';

/** A pod made wrong: id, threats, what somebody tries, the change to a valid pod. */
export type WrongPod = readonly [
  id: string,
  threats: readonly string[],
  what: string,
  change: (pod: Loose) => unknown,
  also?: readonly Control[],
];

/** An image that nobody declared, by digest. */
export const FOREIGN = `registry.example.com/firepit-proof/foreign@sha256:${'5c'.repeat(32)}`;

const changed = (pod: Loose, change: (pod: Loose) => unknown): Loose => {
  change(pod);
  return pod;
};

/** Each wrong pod, tried for every agent by somebody with every right in the namespace. */
export const wrongAgentPods = (subject: Subject, control: Control, wrong: readonly WrongPod[]): Case[] =>
  subject.agents.flatMap((agent) =>
    wrong.map(([id, threats, what, change, also = []]) =>
      refused(control, {
        id,
        threats,
        what,
        also,
        on: agent,
        as: subject.who.owner,
        attempt: { verb: 'create', object: changed(subject.agentPod(agent), change) },
      }),
    ),
  );

/** Each wrong pod, tried for one part of the control plane. */
export const wrongControlPods = (
  subject: Subject,
  component: string,
  control: Control,
  wrong: readonly WrongPod[],
): Case[] =>
  wrong.map(([id, threats, what, change, also = []]) =>
    refused(control, {
      id,
      threats,
      what,
      also,
      on: component,
      as: subject.who.owner,
      attempt: { verb: 'create', object: changed(subject.controlPod(component), change) },
    }),
  );

export const agentOf = (pod: Loose): Loose => pod.spec.containers[0];
export const sidecarOf = (pod: Loose): Loose => pod.spec.initContainers[0];
/** Name of the volume with a source of this kind. */
export const volumeWith = (pod: Loose, source: string): string =>
  pod.spec.volumes.find((volume: Loose) => volume[source] !== undefined).name;
/** Adds a volume, and mounts it nowhere. */
export const withVolume =
  (source: Loose) =>
  (pod: Loose): unknown =>
    pod.spec.volumes.push({ name: 'firepit-proof', ...source });
/** Adds an environment variable that refers to something. */
export const withEnvFrom =
  (valueFrom: Loose) =>
  (pod: Loose): unknown => {
    agentOf(pod).env = [...(agentOf(pod).env ?? []), { name: 'FIREPIT_PROOF', valueFrom }];
    return pod;
  };
