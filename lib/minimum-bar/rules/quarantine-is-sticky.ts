import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import { NAMESPACE_ADMIN, podRequest, podUpdate, serviceAccount, withLabels, withMetadata } from '../probes';
import type { Rule } from '../types';
import { list, record } from '../values';
import type { View } from '../view';
import { type Attack, admitted, refused } from './_probe';

/** A running pod under quarantine. */
const quarantined = (view: View, template: PodTemplate) =>
  podRequest(view, template, withLabels({ [LABEL.quarantine]: 'true' }));

const attacks = (view: View, template: PodTemplate): readonly Attack[] =>
  [NAMESPACE_ADMIN, serviceAccount(template.namespace, template.owner.metadata?.name ?? '')].flatMap((user) => [
    {
      what: `${user.username} lifting a quarantine`,
      request: podUpdate(quarantined(view, template), withLabels({ [LABEL.quarantine]: undefined }), user),
    },
    {
      what: `${user.username} lifting a quarantine through the status of a pod`,
      request: podUpdate(
        quarantined(view, template),
        withLabels({ [LABEL.quarantine]: undefined }),
        user,
        'pods/status',
      ),
    },
    {
      what: `${user.username} changing a quarantine`,
      request: podUpdate(quarantined(view, template), withLabels({ [LABEL.quarantine]: '' }), user),
    },
  ]);

const finalizer = withMetadata((metadata) => ({
  finalizers: [...list(record(metadata).finalizers), 'example.com/never'],
}));

const lasting = (view: View, template: PodTemplate): readonly Attack[] => [
  { what: 'an agent pod with a finalizer', request: podRequest(view, template, finalizer) },
  {
    what: 'a finalizer on a running agent pod',
    request: podUpdate(podRequest(view, template), finalizer),
  },
];

export const rule: Rule = {
  id: 'quarantine-is-sticky',
  layer: 'runtime',
  info: 'Somebody but the warden may lift a quarantine, or make the end of an agent pod wait.',
  explanation:
    'a containment that the contained side can undo is none; a finalizer keeps a killed pod alive for as long as it likes',
  fix: 'keep the admission policies on the quarantine label and on finalizers as the environment writes them',
  check: (view) =>
    view.governedPods.flatMap((template) => [
      ...admitted(view, template.owner, [...attacks(view, template), ...lasting(view, template)]),
      ...refused(view, [
        {
          what: 'the warden lifting a quarantine',
          request: podUpdate(
            quarantined(view, template),
            withLabels({ [LABEL.quarantine]: undefined }),
            serviceAccount(view.names.control, 'warden'),
          ),
          world: [],
        },
      ]),
    ]),
};
