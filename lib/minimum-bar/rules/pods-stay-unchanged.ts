import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import { FOREIGN_IMAGE, podRequest, podUpdate, withContainer, withLabels, withSpec } from '../probes';
import type { Rule } from '../types';
import { records } from '../values';
import type { View } from '../view';
import { type Attack, admitted, refused } from './_probe';

const selected = (template: PodTemplate): readonly string[] =>
  [LABEL.environment, LABEL.component, LABEL.agent].filter((label) => template.labels[label] !== undefined);

const attacks = (view: View, template: PodTemplate): readonly Attack[] => {
  const created = podRequest(view, template);
  const hasInit = template.containers.some((c) => c.role !== 'main');
  return [
    { what: 'a changed image on a running pod', request: podUpdate(created, withContainer({ image: FOREIGN_IMAGE })) },
    ...(hasInit
      ? [
          {
            what: 'a changed sidecar on a running pod',
            request: podUpdate(created, withContainer({ image: FOREIGN_IMAGE }, 'initContainers')),
          },
        ]
      : []),
    ...selected(template).flatMap((label) =>
      [undefined, 'something-else'].flatMap((value) => {
        const what = `a running pod whose label ${label} ${value === undefined ? 'is removed' : 'changes'}`;
        const change = withLabels({ [label]: value });
        return [
          { what, request: podUpdate(created, change) },
          // A write to the status may change labels as well.
          { what: `${what} with its status`, request: podUpdate(created, change, undefined, 'pods/status') },
        ];
      }),
    ),
    {
      what: 'a container that joins a running pod',
      request: podUpdate(
        created,
        withSpec((spec) => ({
          ephemeralContainers: [...records(spec.ephemeralContainers), { name: 'debug', image: FOREIGN_IMAGE }],
        })),
        undefined,
        'pods/ephemeralcontainers',
      ),
    },
  ];
};

export const rule: Rule = {
  id: 'pods-stay-unchanged',
  layer: 'supply-chain',
  info: 'A running pod can be given other images, other containers or other labels than it was admitted with.',
  explanation:
    'images are verified when a pod is created and never after; policies find pods by labels, so a pod that drops one leaves their reach',
  fix: 'keep the admission policies on UPDATE of pods as the environment writes them, without parameters',
  check: (view) =>
    [...view.governedPods, ...view.controlPods].flatMap((template) => [
      ...admitted(view, template.owner, attacks(view, template)),
      ...refused(view, [
        {
          what: 'the quarantine label on a running pod',
          request: podUpdate(podRequest(view, template), withLabels({ [LABEL.quarantine]: 'true' })),
          world: [],
        },
      ]),
    ]),
};
