import type { PodTemplate } from '../pods';
import { byHand, podRequest, podUpdate, withMetadata, withSpec } from '../probes';
import type { Problem, Rule } from '../types';
import { at, list, record, show } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

const LONGEST = 30;

const podProblems = (pod: PodTemplate): Problem[] => {
  const grace = pod.spec.terminationGracePeriodSeconds;
  const out: Problem[] = [];
  if (typeof grace !== 'number' || grace > LONGEST)
    out.push({
      object: pod.owner,
      path: pod.at('terminationGracePeriodSeconds'),
      problem: `it may take ${show(grace)} s to stop, more than ${LONGEST}`,
    });
  const finalizers = at(pod.owner, ...pod.path.split('.'), 'metadata', 'finalizers');
  if (list(finalizers).length > 0)
    out.push({
      object: pod.owner,
      path: `${pod.path}.metadata.finalizers`,
      problem: 'its pods wait for somebody before they end',
    });
  for (const { container, path } of pod.containers)
    if (container.lifecycle !== undefined)
      out.push({
        object: pod.owner,
        path: `${path}.lifecycle`,
        problem: `container '${container.name}' does something before it ends`,
      });
  return out;
};

/** Budgets that let nobody take a pod. */
const budgets = (view: View): Problem[] =>
  view.all('policy', 'PodDisruptionBudget').flatMap((object) => {
    const { maxUnavailable, minAvailable } = record(object.spec);
    const never = ['0', '0%'].includes(String(maxUnavailable)) || minAvailable !== undefined;
    return never ? [{ object, path: 'spec', problem: 'it can keep every pod from being taken away' }] : [];
  });

/** Objects that cannot be taken away, or go with something else. */
const bound = (view: View): Problem[] =>
  view.objects.flatMap((object) => {
    const metadata = record(object.metadata);
    return ['finalizers', 'ownerReferences', 'deletionTimestamp', 'generateName']
      .filter(
        (field) =>
          metadata[field] !== undefined && !(Array.isArray(metadata[field]) && list(metadata[field]).length === 0),
      )
      .map((field) => ({
        object,
        path: `metadata.${field}`,
        problem: `it carries ${field}: somebody else decides how long it lives`,
      }));
  });

const withFinalizer = withMetadata(() => ({ finalizers: ['example.com/stay'] }));

/** What whoever may create or change pods could make of an agent's. */
const attacks = (view: View, pod: PodTemplate): readonly Attack[] => [
  ...['pods', 'pods/status'].map((resource) => ({
    what: `an agent pod that gets a finalizer through ${resource}`,
    request: podUpdate(podRequest(view, pod), withFinalizer, undefined, resource),
  })),
  ...[
    {
      what: 'an agent pod that takes an hour to stop',
      change: withSpec(() => ({ terminationGracePeriodSeconds: 3600 })),
    },
    {
      what: 'an agent pod that waits for a finalizer',
      change: withFinalizer,
    },
  ].map(({ what, change }) => ({ what, request: byHand(podRequest(view, pod, change)) })),
];

export const rule: Rule = {
  id: 'agents-stop-quickly',
  layer: 'runtime',
  info: 'A killed agent goes on: a long grace period, a hook, a finalizer, a budget, or a control that can be collected as garbage.',
  explanation: 'between the order and the end an agent acts without anybody believing it still does',
  fix: `a grace period of at most ${LONGEST} s, no lifecycle hooks in agent pods, no finalizers or owners on what the environment writes`,
  check: (view) => [
    ...view.governedPods.flatMap((pod) => [...podProblems(pod), ...admitted(view, pod.owner, attacks(view, pod))]),
    ...budgets(view),
    ...bound(view),
  ],
};
