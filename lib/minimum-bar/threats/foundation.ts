import type { Threat } from './threat';

/** Attacks on what the environments of a cluster share. */
export const FOUNDATION_THREATS: readonly Threat[] = [
  {
    id: 'labels-outside',
    title: 'Something outside an environment carries its labels',
    attack:
      'A pod elsewhere takes the labels of an agent or of a control point, a namespace claims to belong to an environment, or an exception from its signature policy is written in a third namespace.',
    objects: [
      'Pod */* metadata.labels',
      'Namespace * metadata.labels',
      'PolicyException */*',
      'ValidatingAdmissionPolicy firepit-system-catch-all',
    ],
    rules: ['catch-all-is-in-force', 'foundation-is-asked'],
    refusal: 'ValidatingAdmissionPolicy firepit-system-catch-all, firepit-system-no-policy-exceptions',
  },
  {
    id: 'detector-taken-over',
    title: 'The detector becomes the way into every node',
    attack:
      "Somebody runs a pod of their own with the detector's view of the nodes, or takes over one that can do anything.",
    objects: ['DaemonSet firepit-system/falco', 'Falco firepit-system/falco', 'Pod firepit-system/*'],
    rules: ['detector-is-confined', 'detector-stands-alone', 'foundation-is-as-declared'],
    refusal: 'ValidatingAdmissionPolicy firepit-system-pods, firepit-system-no-entry',
  },
  {
    id: 'detector-blinded',
    title: 'The detector no longer tells what it sees',
    attack:
      'The rules of an environment are emptied, the relay is pointed elsewhere, or an environment is simply not known.',
    objects: ['ConfigMap firepit-system/*', 'NetworkPolicy firepit-system/falco', 'Rulesfile firepit-system/*'],
    rules: ['alerts-reach-the-wardens', 'foundation-is-as-declared', 'foundation-is-locked'],
    refusal: 'ValidatingAdmissionPolicy firepit-system-controls',
  },
  {
    id: 'detector-kept-away',
    title: 'The detector is not where the agents are',
    attack:
      'A node selector, a toleration less, a lower priority or too little memory keeps the detector off some nodes, or lets it be the first to go; nobody sees what agents do there.',
    objects: [
      'DaemonSet firepit-system/falco spec.template.spec',
      'Falco firepit-system/falco spec.podTemplateSpec',
      'Namespace firepit-system metadata.annotations',
    ],
    rules: ['foundation-is-as-declared'],
    refusal: 'ValidatingAdmissionPolicy firepit-system-controls',
  },
  {
    id: 'shared-with-others',
    title: 'What is shared reaches into what is not',
    attack: 'The foundation puts a right, a policy or an object where an environment, or somebody else, governs.',
    objects: ['any object of the foundation'],
    rules: ['foundation-stays-home'],
  },
];
