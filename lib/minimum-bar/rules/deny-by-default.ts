import type { Direction } from '../network';
import { selects } from '../selectors';
import type { Problem, Rule } from '../types';
import type { View } from '../view';

/** Whether a policy that allows nothing selects every pod of a namespace, present and future. */
const denies = (view: View, namespace: string, direction: Direction): boolean =>
  view.policies.some(
    (p) =>
      p.namespace === namespace &&
      p.isolates[direction] &&
      selects(p.podSelector, {}) &&
      selects(p.podSelector, { any: 'label' }) &&
      Object.keys((p.podSelector as object | undefined) ?? {}).length === 0,
  );

export const rule: Rule = {
  id: 'deny-by-default',
  layer: 'runtime',
  info: 'Pods of a namespace may be reached, or may reach out, unless some policy happens to select them.',
  explanation:
    'a pod that no NetworkPolicy selects is open in that direction to everything, the metadata service included',
  fix: 'keep the NetworkPolicy with an empty podSelector and both policy types in each namespace',
  check: (view): Problem[] =>
    view.namespaces.flatMap((namespace) =>
      (['ingress', 'egress'] as const)
        .filter((direction) => !denies(view, namespace, direction))
        .map((direction) => ({
          object: `Namespace ${namespace}`,
          path: '',
          problem: `no NetworkPolicy denies ${direction} to every pod by default`,
        })),
    ),
};
