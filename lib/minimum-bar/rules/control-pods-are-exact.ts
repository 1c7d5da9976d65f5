import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import { FOREIGN_IMAGE, podRequest, withContainer, withLabels, withSpec } from '../probes';
import type { Problem, Rule } from '../types';
import { records } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

/** Images of the lock file that a component runs. */
const imageProblems = (view: View, template: PodTemplate): Problem[] => {
  const locked = view.declaration.images.images as Readonly<Record<string, string>>;
  const component = template.labels[LABEL.component] ?? '';
  const wanted = component === 'gateway' ? locked.envoy : locked[component];
  return template.containers
    .filter(({ container }) => container.image !== wanted)
    .map(({ container, path }) => ({
      object: template.owner,
      path: `${path}.image`,
      problem: `it runs ${container.image}, not what the lock file names for '${component}'`,
    }));
};

const attacks = (view: View, template: PodTemplate): readonly Attack[] => [
  {
    what: 'another image in the control plane',
    request: podRequest(view, template, withContainer({ image: FOREIGN_IMAGE })),
  },
  {
    what: 'a second container in the control plane',
    request: podRequest(
      view,
      template,
      withSpec((spec) => ({ containers: [...records(spec.containers), { name: 'second', image: FOREIGN_IMAGE }] })),
    ),
  },
  {
    what: 'an init container with another image in the control plane',
    request: podRequest(
      view,
      template,
      withSpec(() => ({ initContainers: [{ name: 'first', image: FOREIGN_IMAGE }] })),
    ),
  },
  {
    what: 'a pod without component in the control plane',
    request: podRequest(view, template, withLabels({ [LABEL.component]: undefined })),
  },
  {
    what: 'a pod that no selector of the environment takes in',
    request: podRequest(view, template, withLabels({ [LABEL.environment]: undefined })),
  },
  ...[true, undefined].map((automountServiceAccountToken) => ({
    what: `a part of the control plane with automountServiceAccountToken ${automountServiceAccountToken ?? 'left out'}`,
    request: podRequest(
      view,
      template,
      withSpec(() => ({ automountServiceAccountToken })),
    ),
  })),
  {
    what: "a part of the control plane under another part's account",
    request: podRequest(
      view,
      template,
      withSpec(() => ({ serviceAccountName: 'default' })),
    ),
  },
];

export const rule: Rule = {
  id: 'control-pods-are-exact',
  layer: 'supply-chain',
  info: 'A part of the control plane runs, or could be made to run, another image than the lock file names.',
  explanation:
    'the control plane holds every credential and every decision; it is admitted by digest in the API server, so that it restarts with the registry and Kyverno down',
  fix: 'change the lock file, not the workload, and keep the admission policy that holds the exact digests',
  check: (view) =>
    view.controlPods.flatMap((template) => [
      ...imageProblems(view, template),
      ...admitted(view, template.owner, attacks(view, template)),
    ]),
};
