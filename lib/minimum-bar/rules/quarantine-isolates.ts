import { LABEL } from '../../names';
import { type Direction, showPeer } from '../network';
import type { PodTemplate } from '../pods';
import { mentioned } from '../selectors';
import type { Problem, Rule } from '../types';
import { record } from '../values';
import type { View } from '../view';

/** Values of the label worth trying: any value counts, so those that selectors know about are the suspicious ones. */
const values = (view: View): readonly string[] => [
  ...new Set([
    'true',
    'any-other',
    ...view.policies.flatMap((p) => mentioned(record(p.podSelector), LABEL.quarantine)),
  ]),
];

const problemsOf = (view: View, pod: PodTemplate, direction: Direction): Problem[] =>
  values(view).flatMap((value) => {
    const reach = view.reach(
      { namespace: pod.namespace, labels: { ...pod.labels, [LABEL.quarantine]: value } },
      direction,
    );
    if (reach === 'open')
      return [
        {
          object: pod.owner,
          path: `${pod.path}.metadata.labels`,
          problem: `with ${LABEL.quarantine}=${value} nothing isolates its ${direction}`,
        },
      ];
    return reach.map((a) => ({
      object: a.policy,
      path: a.path,
      problem: `${direction} of ${pod.owner.metadata?.name} stays open for ${showPeer(a)} under quarantine`,
    }));
  });

/** Peers of other pods that still take in an agent under quarantine. */
export const rule: Rule = {
  id: 'quarantine-isolates',
  layer: 'runtime',
  info: 'An agent pod with the quarantine label still reaches something, or is reached.',
  explanation:
    'NetworkPolicies only add up: quarantine works because every policy that selects an agent excludes the label',
  fix: `add matchExpressions {key: ${LABEL.quarantine}, operator: DoesNotExist} to the policy's podSelector`,
  check: (view) => {
    const seen = new Set<string>();
    return view.governedPods
      .flatMap((pod) => (['ingress', 'egress'] as const).flatMap((d) => problemsOf(view, pod, d)))
      .filter((p) => {
        const key = `${JSON.stringify(typeof p.object === 'string' ? p.object : p.object.metadata)} ${p.path}`;
        return !seen.has(key) && seen.add(key) !== undefined;
      });
  },
};
