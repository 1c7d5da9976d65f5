import { covers, type Direction } from '../network';
import type { PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import type { View } from '../view';

/** Whether a pod is the gateway: its one container runs Envoy with the gateway's account, in the control namespace. */
const isGateway = (view: View, pod: PodTemplate): boolean =>
  pod.namespace === view.names.control &&
  pod.owner.kind === 'Deployment' &&
  pod.owner.metadata?.name === 'gateway' &&
  pod.containers.length === 1 &&
  pod.containers[0]?.container.image === view.declaration.images.images.envoy;

/** Every pod that the policies of an agent let it meet. */
const met = (view: View, agent: PodTemplate, direction: Direction): readonly PodTemplate[] => {
  const reach = view.reach(agent, direction);
  if (reach === 'open') return view.pods.filter((pod) => pod !== agent);
  return view.pods.filter((pod) => reach.some((allowance) => covers(allowance, pod, view.namespaceLabels)));
};

export const rule: Rule = {
  id: 'neighbour-is-the-gateway',
  layer: 'runtime',
  info: "A pod that is not the gateway carries the labels by which an agent's policy knows its one neighbour.",
  explanation:
    'policies find pods by labels: whatever carries the labels of the gateway is a neighbour of every agent, without decision or record',
  fix: 'give the pod labels of its own; only the gateway is labelled as gateway',
  check: (view): Problem[] => {
    const strangers = new Map<PodTemplate, PodTemplate>();
    for (const agent of view.agentPods)
      for (const direction of ['ingress', 'egress'] as const)
        for (const pod of met(view, agent, direction)) if (!isGateway(view, pod)) strangers.set(pod, agent);
    return [...strangers].map(([pod, agent]) => ({
      object: pod.owner,
      path: `${pod.path}.metadata.labels`,
      problem: `${agent.owner.metadata?.name} may meet it, and it is not the gateway`,
    }));
  },
};
