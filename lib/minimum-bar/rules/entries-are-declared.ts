import type { Component } from '../../names';
import { COMPONENTS, LABEL } from '../../names';
import { intended, intents } from '../intent';
import { type Direction, opened } from '../network';
import type { PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import type { View } from '../view';

const componentOf = (pod: PodTemplate): Component | undefined =>
  COMPONENTS.find((c) => c === pod.labels[LABEL.component]);

/** Connections of the control plane's pods that no intent of the declaration wants. */
export const undeclared = (view: View, direction: Direction): Problem[] =>
  view.controlPods.flatMap((pod) => {
    const reach = view.reach(pod, direction);
    const name = pod.owner.metadata?.name;
    if (reach === 'open')
      return [
        {
          object: pod.owner,
          path: `${pod.path}.metadata.labels`,
          problem: `no NetworkPolicy isolates its ${direction}`,
        },
      ];
    const component = componentOf(pod);
    const wanted = component === undefined ? [] : intents(view)[component][direction];
    return reach
      .filter((allowance) => !intended(allowance, wanted))
      .map((allowance) => opened(allowance, `${direction} of ${name}`));
  });

export const rule: Rule = {
  id: 'entries-are-declared',
  layer: 'identity',
  info: 'By the union of all NetworkPolicies, somebody may reach a part of the control plane who has no business there.',
  explanation:
    'every part listens for certain callers only; another caller can try certificates, flood, or reach a port that was never meant for it',
  fix: 'remove the rule from the policy named; who may reach what follows from the declaration and the platform',
  check: (view) => undeclared(view, 'ingress'),
};
