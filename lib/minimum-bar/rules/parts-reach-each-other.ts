import { COMPONENTS } from '../../names';
import { intents, serves } from '../intent';
import type { Direction } from '../network';
import type { Problem, Rule } from '../types';
import type { View } from '../view';

const missing = (view: View, direction: Direction): Problem[] =>
  COMPONENTS.flatMap((component) =>
    view.component(component).flatMap((pod) => {
      const reach = view.reach(pod, direction);
      if (reach === 'open') return [];
      return intents(view)
        [component][direction].filter((intent) => !reach.some((allowance) => serves(allowance, intent)))
        .map((intent) => ({
          object: pod.owner,
          path: `${pod.path}.metadata.labels`,
          problem: `no NetworkPolicy lets ${component} ${direction === 'egress' ? 'reach' : 'hear'} ${intent.what}`,
        }));
    }),
  );

export const rule: Rule = {
  id: 'parts-reach-each-other',
  layer: 'runtime',
  info: 'A part of the control plane cannot reach what it needs, by the NetworkPolicies among the objects.',
  explanation:
    'a warden that cannot hear Falco or reach the API server is a kill switch that kills nothing, and a governor without ledger denies everything',
  fix: 'restore the rule in the policy of that part, as the environment writes it',
  check: (view) => [...missing(view, 'ingress'), ...missing(view, 'egress')],
};
