import { PORT } from '../../names';
import { type Direction, onlyTcp, opened } from '../network';
import type { PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import type { View } from '../view';
import { isGateway } from './_gateway';

const PORTS: Readonly<Record<Direction, number>> = { ingress: PORT.https, egress: PORT.back };

const problemsOf = (view: View, pod: PodTemplate, direction: Direction): Problem[] => {
  const reach = view.reach(pod, direction);
  if (reach === 'open')
    return [
      { object: pod.owner, path: `${pod.path}.metadata.labels`, problem: `no NetworkPolicy isolates its ${direction}` },
    ];
  const wrong = reach
    .filter((a) => !isGateway(view, a) || !onlyTcp(a.ports, [PORTS[direction]]))
    .map((a) => opened(a, `${direction} of ${pod.owner.metadata?.name}`));
  return reach.length === 0
    ? [
        {
          object: pod.owner,
          path: `${pod.path}.metadata.labels`,
          problem: `no NetworkPolicy gives it the gateway for ${direction}`,
        },
      ]
    : wrong;
};

export const rule: Rule = {
  id: 'agents-have-one-neighbour',
  layer: 'runtime',
  info: 'By the union of all NetworkPolicies that select it, an agent pod reaches, or is reached by, more or less than the gateway.',
  explanation:
    'every guard, decision and record sits in the gateway: any other neighbour, name server included, is a way past all of them',
  fix: `remove the rule: agents talk to the gateway's pods only, in on ${PORT.https}, out on ${PORT.back}; declare upstreams under tools or models`,
  check: (view) =>
    view.agentPods.flatMap((pod) => (['ingress', 'egress'] as const).flatMap((d) => problemsOf(view, pod, d))),
};
