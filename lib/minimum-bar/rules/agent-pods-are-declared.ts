import { LABEL, UID } from '../../names';
import type { PodTemplate } from '../pods';
import {
  byHand,
  FOREIGN_IMAGE,
  podRequest,
  withContainer,
  withLabels,
  withMetadata,
  withSpec,
  withVolume,
} from '../probes';
import type { Problem, Rule } from '../types';
import { type Data, records } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

type Change = (pod: Data) => Data;

const appended = (list: string, value: Data): Change =>
  withSpec((spec) => ({ [list]: [...records(spec[list]), value] }));
const SECRET = { secretKeyRef: { name: 'any', key: 'any' } };
const container = (image: unknown): Data => ({ name: 'second', image });

/** The same container once more: as hardened as the first, and unbounded in what it may hold. */
const twin = (list: string): Change =>
  withSpec((spec) => {
    const [first] = records(spec[list]);
    return first === undefined ? {} : { [list]: [...records(spec[list]), { ...first, name: 'twin' }] };
  });

/** Mounts a volume of the sidecar in the agent's container, beside what it has. */
const mounting = (volume: Data): Change =>
  withSpec((spec) => {
    const [first, ...rest] = records(spec.containers);
    const volumeMounts = [...records(first?.volumeMounts), { name: volume.name, mountPath: '/mnt' }];
    return { containers: [{ ...first, volumeMounts }, ...rest] };
  });

const sidecarVolumes = (template: PodTemplate): readonly Data[] => {
  const mounted = new Set(
    template.containers
      .filter(({ role }) => role === 'sidecar')
      .flatMap(({ container }) => records(container.volumeMounts).map((m) => m.name)),
  );
  return records(template.spec.volumes).filter((v) => mounted.has(v.name));
};

/** Small changes to a declared pod, each of which opens a hole. */
const changes = (template: PodTemplate): readonly [string, Change][] => {
  const image = template.containers.find((c) => c.role === 'main')?.container.image;
  const sidecar = template.containers.find((c) => c.role === 'sidecar')?.container;
  return [
    ['an agent pod without labels', withMetadata(() => ({ labels: {} }))],
    ...[LABEL.agent, LABEL.component, LABEL.environment].map((label): [string, Change] => [
      `an agent pod without the label ${label}`,
      withLabels({ [label]: undefined }),
    ]),
    ['a pod of an agent that nobody declared', withLabels({ [LABEL.agent]: 'somebody-else' })],
    ['an agent pod under another service account', withSpec(() => ({ serviceAccountName: 'default' }))],
    ['an agent pod with a service-account token', withSpec(() => ({ automountServiceAccountToken: true }))],
    ['an agent pod with a second container', appended('containers', container(image))],
    ['an agent pod with a second init container', appended('initContainers', container(sidecar?.image))],
    ["an agent pod with its agent's container twice", twin('containers')],
    ['an agent pod with its sidecar twice', twin('initContainers')],
    [
      'an agent whose container writes its root file system',
      withContainer({ securityContext: { readOnlyRootFilesystem: false, runAsUser: UID.agent } }),
    ],
    [
      'an agent that starts a shell beside its program',
      withContainer({ lifecycle: { postStart: { exec: { command: ['/bin/sh'] } } } }),
    ],
    ['an agent that runs another program', withContainer({ command: ['/bin/sh'] })],
    ['an agent pod with an ephemeral container', appended('ephemeralContainers', container(image))],
    ['an agent pod with another image', withContainer({ image: FOREIGN_IMAGE })],
    ['an agent pod with another sidecar', withContainer({ image: FOREIGN_IMAGE }, 'initContainers')],
    ['an agent pod without sidecar', withSpec(() => ({ initContainers: [] }))],
    ['a Secret in the environment of an agent', withContainer({ env: [{ name: 'KEY', valueFrom: SECRET }] })],
    ['a whole Secret in the environment of an agent', withContainer({ envFrom: [{ secretRef: { name: 'any' } }] })],
    ...sidecarVolumes(template).map((volume): [string, Change] => [
      `the sidecar's volume '${volume.name}' in the agent's container`,
      mounting(volume),
    ]),
    ['an agent pod with another Secret', withVolume({ name: 'more', secret: { secretName: 'any' } })],
    ['an agent pod with a path of its node', withVolume({ name: 'more', hostPath: { path: '/' } })],
    ['an agent pod with a driver of the node', withVolume({ name: 'more', csi: { driver: 'any' } })],
    [
      'an agent pod with a token for another audience',
      withVolume({ name: 'more', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
    ],
    ['an agent pod with a configuration nobody declared', withVolume({ name: 'more', configMap: { name: 'any' } })],
    ['an agent pod that shares its processes', withSpec(() => ({ shareProcessNamespace: true }))],
    ['an agent pod under another runtime', withSpec(() => ({ runtimeClassName: 'something-else' }))],
    ["an agent pod with its node's users", withSpec(() => ({ hostUsers: undefined, runtimeClassName: undefined }))],
    ...(sidecar?.securityContext?.runAsUser === undefined
      ? []
      : ([
          [
            'an agent that runs as the user of its sidecar',
            withContainer({ securityContext: { readOnlyRootFilesystem: true, runAsUser: UID.sidecar } }),
          ],
        ] as [string, Change][])),
  ];
};

const attacks = (view: View, template: PodTemplate): readonly Attack[] =>
  changes(template).map(([what, change], i) => {
    const request = podRequest(view, template, change);
    // Every other one is asked for by a person: who asks, and under which name, may make no difference.
    return { what, request: i % 2 === 0 ? request : byHand(request) };
  });

export const rule: Rule = {
  id: 'agent-pods-are-declared',
  layer: 'runtime',
  info: 'Admission lets in a pod beside the agents that is no declared agent in its declared shape.',
  explanation:
    'the manifests describe the pods of today; whoever may create pods in the namespace describes those of tomorrow, and admission is what stands between',
  fix: 'keep the admission policy for agent pods and its binding as the environment writes them; add rules beside, take none away',
  check: (view): Problem[] =>
    view.agentPods.flatMap((template) => admitted(view, template.owner, attacks(view, template))),
};
