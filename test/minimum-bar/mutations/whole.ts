import type { Manifest } from '../../../lib/minimum-bar';
import { changedAt, isRecord, type Json, type Path } from './tree';

type Widening = readonly (readonly [path: Path, to: Json | undefined])[];

const ANY_RULE: Json = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

/** What makes a second object of a kind dangerous beside the first. */
const WIDENINGS: Readonly<Record<string, Widening>> = {
  NetworkPolicy: [
    [['spec', 'podSelector'], {}],
    [['spec', 'ingress'], [{}]],
    [['spec', 'egress'], [{}]],
  ],
  ClusterNetworkPolicy: [
    [['spec', 'subject'], { namespaces: {} }],
    [['spec', 'egress'], [{ name: 'all', action: 'Accept', to: [{ networks: ['0.0.0.0/0'] }] }]],
  ],
  AdminNetworkPolicy: [
    [['spec', 'subject'], { namespaces: {} }],
    [['spec', 'egress'], [{ name: 'all', action: 'Allow', to: [{ networks: ['0.0.0.0/0'] }] }]],
  ],
  Role: [[['rules'], ANY_RULE]],
  RoleBinding: [
    [['subjects'], [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts' }]],
  ],
  ClusterRoleBinding: [
    [['subjects'], [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts' }]],
  ],
  Service: [[['spec', 'type'], 'NodePort']],
  ServiceAccount: [[['automountServiceAccountToken'], true]],
  Secret: [[['data'], { key: 'c2VjcmV0' }]],
  HTTPRoute: [[['spec', 'hostnames'], ['other.example.com']]],
  Route: [[['spec', 'host'], 'other.example.com']],
  PodDisruptionBudget: [
    [['spec', 'maxUnavailable'], undefined],
    [['spec', 'minAvailable'], '100%'],
  ],
  Deployment: [[['spec', 'template', 'spec', 'containers', 0, 'image'], 'registry.example.net/other:latest']],
  StatefulSet: [[['spec', 'template', 'spec', 'containers', 0, 'image'], 'registry.example.net/other:latest']],
  MutatingAdmissionPolicy: [
    [['spec', 'mutations'], [{ patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add'}]" } }]],
  ],
  Issuer: [[['spec'], { selfSigned: {} }]],
  Certificate: [[['spec', 'isCA'], true]],
};

const lasting = (object: Manifest, path: Path): boolean => {
  let at: unknown = object;
  for (const step of path.slice(0, -1))
    at = isRecord(at) || Array.isArray(at) ? (at as Record<string, unknown>)[step] : undefined;
  return at !== undefined;
};

/** The same object beside itself under another name: as it is, and widened. */
export const doubles = (object: Manifest): { readonly op: string; readonly object: Manifest }[] => {
  const twin = changedAt(object as unknown as Json, ['metadata', 'name'], `${object.metadata.name}-x`);
  const widening = (WIDENINGS[object.kind] ?? []).filter(([path]) => lasting(object, path));
  const wide = widening.reduce<Json>((at, [path, to]) => changedAt(at, path, to), twin);
  return [
    { op: 'twin object', object: twin as unknown as Manifest },
    ...(widening.length === 0 ? [] : [{ op: 'wide twin object', object: wide as unknown as Manifest }]),
  ];
};
