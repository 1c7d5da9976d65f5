import { LABEL } from '../../lib/names';
import { type Family, policy } from '../case';
import { agentOf, FOREIGN, type WrongPod, wrongControlPods } from './_pods';

const WRONG: readonly WrongPod[] = [
  ['control-pod/another-image', ['control-plane-image'], 'another image', (p) => (agentOf(p).image = FOREIGN)],
  [
    'control-pod/image-by-tag',
    ['control-plane-image', 'moved-tag'],
    'its image by tag',
    (p) => (agentOf(p).image = agentOf(p).image.replace(/@.*/, ':latest')),
  ],
  [
    'control-pod/second-container',
    ['control-plane-image'],
    'a foreign container beside it',
    (p) => p.spec.containers.push({ ...agentOf(p), name: 'second', image: FOREIGN, ports: [] }),
  ],
  [
    'control-pod/first-container',
    ['control-plane-image'],
    'a foreign container before it',
    (p) => {
      const { lifecycle: _, livenessProbe: __, readinessProbe: ___, startupProbe: ____, ...first } = agentOf(p);
      p.spec.initContainers = [{ ...first, name: 'first', image: FOREIGN, ports: [] }];
    },
  ],
  [
    'control-pod/no-labels',
    ['borrowed-labels', 'undeclared-workload'],
    'a pod without any label',
    (p) => delete p.metadata.labels,
  ],
  [
    'control-pod/undeclared',
    ['undeclared-workload'],
    'a part that nobody declared',
    (p) => (p.metadata.labels[LABEL.component] = 'firepit-proof'),
  ],
  [
    'control-pod/other-environment',
    ['borrowed-labels'],
    'the label of another environment',
    (p) => (p.metadata.labels[LABEL.environment] = 'firepit-proof'),
  ],
  [
    'control-pod/borrowed-account',
    ['borrowed-account'],
    'another account',
    (p) => (p.spec.serviceAccountName = 'default'),
  ],
  [
    'control-pod/mounted-token',
    ['api-server-from-a-pod'],
    'a token of its account, mounted by itself',
    (p) => (p.spec.automountServiceAccountToken = true),
  ],
];

/** What governs runs its own images, by exact digest, for each part of it. */
export const controlPods: Family = (subject) =>
  subject.components.flatMap((component) => wrongControlPods(subject, component, policy('control-pods'), WRONG));
