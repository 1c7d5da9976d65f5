import { LABEL } from '../../names';
import { touches, within } from '../cidrs';
import { type Allowance, includesPort, showPeer } from '../network';
import type { Problem, Rule } from '../types';
import type { View } from '../view';

/** Parts that talk to the API server: one acts, one reads the keys of tokens. */
const MAY = new Set(['warden', 'governor']);

const opens = (view: View, { peer, ports }: Allowance): boolean => {
  const { cidrs, port } = view.declaration.platform.apiServer;
  if (!includesPort(ports, 'TCP', port)) return false;
  if (peer.kind === 'anyone') return true;
  if (peer.kind !== 'block') return false;
  return cidrs.some((cidr) => touches(peer.cidr, cidr) && !peer.except.some((e) => within(cidr, e)));
};

export const rule: Rule = {
  id: 'api-server-is-closed',
  layer: 'runtime',
  info: 'A pod other than the warden and the governor may reach the API server.',
  explanation: 'with the API server in reach, one stolen or forgotten token is enough to change what governs the pod',
  fix: 'remove the address range from the policy; platform.apiServer is for warden and governor alone',
  check: (view): Problem[] =>
    [...view.governedPods, ...view.controlPods].flatMap((pod) => {
      if (pod.namespace === view.names.control && MAY.has(pod.labels[LABEL.component] ?? '')) return [];
      const reach = view.reach(pod, 'egress');
      if (reach === 'open')
        return [{ object: pod.owner, path: `${pod.path}.metadata.labels`, problem: 'nothing isolates its egress' }];
      return reach
        .filter((a) => opens(view, a))
        .map((a) => ({
          object: a.policy,
          path: a.path,
          problem: `${pod.owner.metadata?.name} reaches the API server through ${showPeer(a)}`,
        }));
    }),
};
