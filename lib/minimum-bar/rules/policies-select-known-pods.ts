import { selects } from '../selectors';
import type { Problem, Rule } from '../types';
import { isData, record } from '../values';
import type { View } from '../view';

/** Policies in the environment's namespaces that open a door for pods nobody declared. */
const strangers = (view: View): Problem[] =>
  view.policies
    .filter((p) => view.namespaces.includes(p.namespace) && p.allows.length > 0)
    .filter((p) => !view.pods.some((pod) => pod.namespace === p.namespace && selects(p.podSelector, pod.labels)))
    .map((p) => ({
      object: p.policy,
      path: 'spec.podSelector',
      problem: 'it allows connections and selects no pod of the environment',
    }));

/** One policy for two parts opens for each what the other needs. */
const shared = (view: View): Problem[] =>
  view.policies
    .filter((p) => view.namespaces.includes(p.namespace) && p.allows.length > 0)
    .flatMap((p) => {
      const owners = view.pods.filter((pod) => pod.namespace === p.namespace && selects(p.podSelector, pod.labels));
      const names = [...new Set(owners.map((pod) => pod.owner.metadata?.name))];
      return names.length < 2
        ? []
        : [
            {
              object: p.policy,
              path: 'spec.podSelector',
              problem: `it opens for several workloads at once: ${names.join(', ')}`,
            },
          ];
    });

/** Network rules of other kinds: what they allow or override cannot be judged here. */
const UNREADABLE =
  /^(Cilium(Clusterwide)?NetworkPolicy|(Global|Staged.*)NetworkPolicy|Tier|EgressFirewall|EgressIP|.*FQDNNetworkPolicy|ApplicationNetworkPolicy|CiliumEgressGatewayPolicy|EgressRouter)$/;

const unreadable = (view: View): Problem[] =>
  view.objects
    .filter(
      (o) => UNREADABLE.test(o.kind) || (o.kind === 'NetworkPolicy' && !o.apiVersion.startsWith('networking.k8s.io/')),
    )
    .map((object) => ({
      object,
      path: '',
      problem: 'it decides about connections in a language that nobody here can judge',
    }));

/** Rules above NetworkPolicy that do anything but deny. */
const overriding = (view: View): Problem[] =>
  ['ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'].flatMap((kind) =>
    view.all('policy.networking.k8s.io', kind).flatMap((object) =>
      (['ingress', 'egress'] as const).flatMap((direction) => {
        const rules = record(object.spec)[direction];
        return (Array.isArray(rules) ? rules : []).flatMap((rule, i) =>
          isData(rule) && rule.action === 'Deny'
            ? []
            : [
                {
                  object,
                  path: `spec.${direction}[${i}].action`,
                  problem: `it does ${String(record(rule).action)}, above every NetworkPolicy`,
                },
              ],
        );
      }),
    ),
  );

export const rule: Rule = {
  id: 'policies-select-known-pods',
  layer: 'runtime',
  info: 'A network rule opens connections for pods nobody declared, for several parts at once, or past all NetworkPolicies.',
  explanation:
    'a rule that selects nothing today is a door for a pod of tomorrow; one above NetworkPolicy undoes all of them without touching one',
  fix: 'select exactly one workload of the environment, and use rules above NetworkPolicy to deny only',
  check: (view) => [...strangers(view), ...shared(view), ...unreadable(view), ...overriding(view)],
};
