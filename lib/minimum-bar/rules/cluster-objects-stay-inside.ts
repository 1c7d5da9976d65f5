import { LABEL } from '../../names';
import { demanded, pins } from '../selectors';
import type { Manifest, Problem, Rule } from '../types';
import { at, record, records, strings } from '../values';
import type { View } from '../view';

/** Whether a namespace selector takes in the environment's namespaces only. */
const inside = (view: View, selector: unknown): boolean =>
  pins(selector, LABEL.environment, view.names.environment) ||
  (demanded(selector, 'kubernetes.io/metadata.name')?.every((n) => view.namespaces.includes(n)) ?? false);

/** Policies about Kyverno's own objects, which live in namespaces of others: they look at names. */
const aboutKyverno = (policy: Manifest): boolean => {
  const rules = records(at(policy.spec, 'matchConstraints', 'resourceRules'));
  return rules.length > 0 && rules.every((r) => strings(r.apiGroups).every((g) => g === 'policies.kyverno.io'));
};

const reaching = (view: View): readonly (readonly [Manifest, string])[] => [
  ...['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy']
    .flatMap((kind) => view.all('admissionregistration.k8s.io', kind))
    .filter((p) => !aboutKyverno(p) && !inside(view, at(p.spec, 'matchConstraints', 'namespaceSelector')))
    .map((p) => [p, 'spec.matchConstraints.namespaceSelector'] as const),
  ...view
    .all('policies.kyverno.io', 'ImageValidatingPolicy')
    .filter((p) => !inside(view, at(p.spec, 'matchConstraints', 'namespaceSelector')))
    .map((p) => [p, 'spec.matchConstraints.namespaceSelector'] as const),
  ...['ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy']
    .flatMap((kind) => view.all('policy.networking.k8s.io', kind))
    .filter((p) => {
      const subject = record(record(p.spec).subject);
      return !inside(view, at(subject, 'pods', 'namespaceSelector') ?? subject.namespaces);
    })
    .map((p) => [p, 'spec.subject'] as const),
];

export const rule: Rule = {
  id: 'cluster-objects-stay-inside',
  layer: 'identity',
  info: 'A policy of the cluster decides about namespaces that are not those of the environment.',
  explanation:
    'a policy that fails closed for everybody stops everybody: environments live side by side and may not govern each other',
  fix: `select namespaces by ${LABEL.environment} or by name`,
  check: (view): Problem[] =>
    reaching(view).map(([object, path]) => ({ object, path, problem: 'it takes in namespaces of others' })),
};
