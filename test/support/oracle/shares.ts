import { parse } from 'yaml';
import type { Manifest } from '../../../lib/minimum-bar';

/** What two environments of one cluster have in common and should not, one line each. Shares no code with lib/. */

// biome-ignore lint/suspicious/noExplicitAny: whatever the objects say
type Any = any;
type Labels = Readonly<Record<string, string>>;

const POLICIES = /^(Validating|Mutating)AdmissionPolicy$|^ImageValidatingPolicy$/;
const named = (o: Manifest): string =>
  `${o.apiVersion.split('/')[0]}/${o.kind} ${o.metadata.namespace ?? ''}/${o.metadata.name}`;

const matches = (selector: Any, labels: Labels): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector?.matchExpressions ?? []).every(({ key, operator, values }: Any) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    return operator === 'In' ? values.includes(value) : !values.includes(value);
  });

const namespacesOf = (objects: readonly Manifest[]): readonly { readonly name: string; readonly labels: Labels }[] =>
  objects
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => ({
      name: String(metadata.name),
      labels: { ...metadata.labels, 'kubernetes.io/metadata.name': String(metadata.name) },
    }));

/** Where the selectors of an object decide which namespaces it is about. */
const namespaceSelectors = ({ kind, spec }: Any): Any[] => {
  if (POLICIES.test(kind)) {
    // About Kyverno's own objects, which name the policies that they except from.
    const rules = spec.matchConstraints?.resourceRules ?? [];
    if (rules.length > 0 && rules.every((r: Any) => r.apiGroups.join() === 'policies.kyverno.io')) return [];
    return [spec.matchConstraints?.namespaceSelector ?? {}];
  }
  if (/ClusterNetworkPolicy|AdminNetworkPolicy/.test(kind))
    return [spec.subject.pods?.namespaceSelector ?? spec.subject.namespaces];
  if (kind === 'NetworkPolicy')
    return [
      ...(spec.ingress ?? []).flatMap((r: Any) => r.from ?? []),
      ...(spec.egress ?? []).flatMap((r: Any) => r.to ?? []),
    ].flatMap((peer: Any) => (peer.namespaceSelector === undefined ? [] : [peer.namespaceSelector]));
  if (kind === 'PodMonitor')
    return (spec.namespaceSelector?.matchNames ?? []).map((name: string) => ({
      matchLabels: { 'kubernetes.io/metadata.name': name },
    }));
  return [];
};

/** Names that live in one space for the whole cluster, beside those of objects. */
const globalNames = (objects: readonly Manifest[]): string[] =>
  objects.flatMap((o: Any) => {
    if (o.kind === 'PrometheusRule') return o.spec.groups.map((g: Any) => `group of alerts ${g.name}`);
    if (o.kind === 'ConfigMap' && o.metadata.labels?.grafana_dashboard !== undefined)
      return Object.entries(o.data).flatMap(([file, text]) => [
        `dashboard ${JSON.parse(String(text)).uid}`,
        `dashboard ${file}`,
      ]);
    if (o.kind === 'ConfigMap' && o.metadata.namespace === 'firepit-system')
      return (parse(o.data['rules.yaml'] ?? '[]') as Any[]).flatMap(({ rule, list, macro }) =>
        [rule, list, macro].filter((name) => name !== undefined).map((name) => `Falco's ${name}`),
      );
    return [];
  });

const subjects = (objects: readonly Manifest[]): readonly { readonly object: string; readonly namespace: string }[] =>
  objects
    .filter(({ kind }) => /RoleBinding$/.test(kind))
    .flatMap((o: Any) =>
      (o.subjects ?? []).map((s: Any) => ({ object: named(o), namespace: s.namespace ?? `(${s.kind} ${s.name})` })),
    );

const common = (a: readonly string[], b: readonly string[]): string[] => {
  const known = new Set(a);
  return [...new Set(b)].filter((one) => known.has(one)).map((one) => `both have ${one}`);
};

const reaching = (from: readonly Manifest[], into: readonly Manifest[]): string[] => {
  const foreign = namespacesOf(into);
  return [
    ...from.flatMap((o) =>
      namespaceSelectors(o).flatMap((selector) =>
        foreign.filter(({ labels }) => matches(selector, labels)).map(({ name }) => `${named(o)} is about ${name}`),
      ),
    ),
    ...subjects(from)
      .filter(({ namespace }) => foreign.some(({ name }) => name === namespace))
      .map(({ object, namespace }) => `${object} gives rights to ${namespace}`),
    ...from
      .filter(({ kind, metadata }) => kind !== 'Namespace' && foreign.some(({ name }) => name === metadata.namespace))
      .map((o) => `${named(o)} lies in a namespace of the other`),
    ...from.flatMap((o) => {
      const text = JSON.stringify(o);
      return foreign
        .filter(({ name }) => new RegExp(`(?<![a-z0-9_-])${name}(-control)?(?![a-z0-9_-])`).test(text))
        .map(({ name }) => `${named(o)} names ${name}`);
    }),
  ];
};

/** Everything that two environments share, or with which one reaches into the other. */
export const shares = (a: readonly Manifest[], b: readonly Manifest[]): string[] => [
  ...common(a.map(named), b.map(named)),
  ...common(globalNames(a), globalNames(b)),
  ...reaching(a, b),
  ...reaching(b, a),
];
