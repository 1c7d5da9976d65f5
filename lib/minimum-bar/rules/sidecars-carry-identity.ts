import type { PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { records } from '../values';
import type { View } from '../view';

/** Volumes by what they are. */
const carrying = (pod: PodTemplate, kind: 'secret' | 'projected'): readonly string[] =>
  records(pod.spec.volumes)
    .filter((v) => v[kind] !== undefined)
    .map((v) => String(v.name));

const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const sidecars = pod.containers.filter((c) => c.role === 'sidecar');
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: pod.owner, path: pod.at(path), problem });
  };
  if (sidecars.length !== 1) here('initContainers', `it has ${sidecars.length} native sidecars, not one`);
  const [sidecar] = sidecars;
  if (sidecar === undefined) return out;
  if (sidecar.container.image !== view.declaration.images.images.envoy)
    here('initContainers', `its sidecar runs ${sidecar.container.image}, not the Envoy of the lock file`);
  const mounted = new Map(records(sidecar.container.volumeMounts).map((m) => [String(m.name), m]));
  for (const kind of ['secret', 'projected'] as const) {
    const volumes = carrying(pod, kind);
    if (volumes.length !== 1) here('volumes', `it has ${volumes.length} volumes of kind ${kind}, not one`);
    for (const name of volumes) {
      const mount = mounted.get(name);
      if (mount === undefined) here('volumes', `its sidecar does not mount '${name}'`);
      else if (mount.readOnly !== true) here('volumes', `its sidecar may write '${name}'`);
    }
  }
  return out;
};

export const rule: Rule = {
  id: 'sidecars-carry-identity',
  layer: 'identity',
  info: 'An agent pod has no sidecar that carries its certificate and its token, or more than one.',
  explanation:
    'without certificate and token of one and the same agent, the gateway cannot tell who asks, and refuses or, worse, mistakes',
  fix: 'leave the sidecar, the identity Secret and the projected token as the environment writes them',
  check: (view) => view.agentPods.flatMap((pod) => podProblems(view, pod)),
};
