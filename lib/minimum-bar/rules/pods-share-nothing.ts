import { agentOf, type PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, list, record, show } from '../values';
import type { View } from '../view';

/** Pod fields that open the node or the pod's own walls, and the only value they may have. */
const CLOSED: Readonly<Record<string, unknown>> = {
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  shareProcessNamespace: false,
  enableServiceLinks: false,
  automountServiceAccountToken: false,
};
/** Absent means true for these. */
const DEFAULT_OPEN = new Set(['enableServiceLinks', 'automountServiceAccountToken']);

/** Volumes that stay inside the pod or are judged by rules of their own. */
const VOLUMES = new Set(['name', 'emptyDir', 'configMap', 'secret', 'projected', 'image', 'persistentVolumeClaim']);

const podProblems = (pod: PodTemplate): Problem[] => {
  const spec = record(pod.spec);
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: pod.owner, path: pod.at(path), problem });
  };
  for (const [field, value] of Object.entries(CLOSED)) {
    const found = spec[field];
    if (found !== value && (found !== undefined || DEFAULT_OPEN.has(field)))
      here(field, `${field} is ${show(found)}, not ${value}`);
  }
  if (spec.hostUsers !== false && typeof spec.runtimeClassName !== 'string')
    here('hostUsers', "neither a user namespace (hostUsers: false) nor a RuntimeClass parts it from the node's users");
  if (spec.hostUsers === true) here('hostUsers', "hostUsers is true: its users are the node's users");
  if (spec.nodeName !== undefined) here('nodeName', `nodeName is ${show(spec.nodeName)}: it goes past the scheduler`);
  list(spec.volumes).forEach((volume, i) => {
    const kinds = Object.keys(record(volume)).filter((k) => !VOLUMES.has(k));
    if (kinds.length > 0)
      here(`volumes[${i}]`, `volume '${at(volume, 'name')}' is of a kind that leaves the pod: ${kinds.join(', ')}`);
  });
  return out;
};

const portProblems = (pod: PodTemplate): Problem[] =>
  pod.containers.flatMap(({ container, path }) => [
    ...list(container.ports).flatMap((port, i) =>
      at(port, 'hostPort') === undefined && at(port, 'hostIP') === undefined
        ? []
        : [
            {
              object: pod.owner,
              path: `${path}.ports[${i}]`,
              problem: `it opens port ${show(at(port, 'hostPort'))} of the node`,
            },
          ],
    ),
    ...(list(container.volumeDevices).length > 0
      ? [{ object: pod.owner, path: `${path}.volumeDevices`, problem: 'it has a raw device' }]
      : []),
  ]);

/** An agent runs under the isolation that was declared, and the control plane in a user namespace. */
const isolationProblems = (view: View, pod: PodTemplate): Problem[] => {
  const kind = agentOf(view.declaration, pod)?.[1].isolation.kind ?? 'userNamespace';
  const wanted = kind === 'userNamespace' ? undefined : view.declaration.platform.runtimeClasses?.[kind];
  const found = record(pod.spec).runtimeClassName;
  return !view.namespaces.includes(pod.namespace) || found === wanted
    ? []
    : [
        {
          object: pod.owner,
          path: pod.at('runtimeClassName'),
          problem: `it runs under the RuntimeClass ${show(found)}, and ${show(wanted)} was declared`,
        },
      ];
};

export const rule: Rule = {
  id: 'pods-share-nothing',
  layer: 'runtime',
  info: 'A pod shares namespaces, users, ports, paths or processes with its node, or processes among its containers.',
  explanation:
    'what is shared is a way around every other control: host networking passes by NetworkPolicies, shared processes pass by mounts',
  fix: 'leave host namespaces, host paths, host ports and process sharing off, and keep hostUsers: false or a RuntimeClass',
  check: (view) =>
    view.pods.flatMap((pod) => [...podProblems(pod), ...isolationProblems(view, pod), ...portProblems(pod)]),
};
