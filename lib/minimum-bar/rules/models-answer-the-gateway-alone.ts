import { PORT } from '../../names';
import { type Allowance, onlyTcp, showPeer, showPorts } from '../network';
import type { PodTemplate } from '../pods';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import type { View } from '../view';
import { isGateway } from './_gateway';

const labelled = (pod: PodTemplate, problem: string): Problem => ({
  object: pod.owner,
  path: `${pod.path}.metadata.labels`,
  problem,
});
const opened = (a: Allowance, problem: string): Problem => ({ object: a.policy, path: a.path, problem });

const heard = (view: View, pod: PodTemplate): Problem[] => {
  const reach = view.reach(pod, 'ingress');
  if (reach === 'open')
    return [labelled(pod, 'no NetworkPolicy isolates its ingress: an agent asks it past the gateway')];
  if (reach.length === 0) return [labelled(pod, 'no NetworkPolicy lets the gateway ask it')];
  return reach
    .filter((a) => !isGateway(view, a) || !onlyTcp(a.ports, [PORT.https]))
    .map((a) => opened(a, `${pod.owner.metadata?.name} is asked by ${showPeer(a)} on ${showPorts(a.ports)}`));
};

const reached = (view: View, pod: PodTemplate): Problem[] => {
  const reach = view.reach(pod, 'egress');
  if (reach === 'open') return [labelled(pod, 'no NetworkPolicy isolates its egress')];
  return reach.map((a) => opened(a, `${pod.owner.metadata?.name} reaches ${showPeer(a)} on ${showPorts(a.ports)}`));
};

export const rule: Rule = {
  id: 'models-answer-the-gateway-alone',
  layer: 'runtime',
  info: "By the union of all NetworkPolicies, a model of one's own reaches something, or is asked by somebody else than the gateway.",
  explanation:
    'it reads every prompt: whoever asks it past the gateway is neither decided about nor recorded, and whatever it reaches may learn what it read',
  fix: `remove the rule: the gateway asks on ${PORT.https}, and a model reaches nothing, no hub and no name server`,
  check: (view) =>
    view.modelPods.length === 0
      ? NOT_APPLICABLE
      : view.modelPods.flatMap((pod) => [...heard(view, pod), ...reached(view, pod)]),
};
