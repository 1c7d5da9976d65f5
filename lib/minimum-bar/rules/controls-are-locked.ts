import type { AdmissionRequest } from '../match';
import { NAMESPACE_ADMIN, serviceAccount } from '../probes';
import type { Rule } from '../types';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

/** What governs, by API group: one more or one less of these reopens what the environment closed. */
const GOVERNING: readonly (readonly [group: string, version: string, kind: string, resource: string])[] = [
  ['networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'],
  ['networking.k8s.io', 'v1', 'Ingress', 'ingresses'],
  ['', 'v1', 'ConfigMap', 'configmaps'],
  ['', 'v1', 'Service', 'services'],
  ['', 'v1', 'ServiceAccount', 'serviceaccounts'],
  ['', 'v1', 'ResourceQuota', 'resourcequotas'],
  ['', 'v1', 'LimitRange', 'limitranges'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'roles'],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings'],
  ['cert-manager.io', 'v1', 'Certificate', 'certificates'],
  ['cert-manager.io', 'v1', 'CertificateRequest', 'certificaterequests'],
  ['cert-manager.io', 'v1', 'Issuer', 'issuers'],
  ['gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'],
  ['gateway.networking.k8s.io', 'v1', 'BackendTLSPolicy', 'backendtlspolicies'],
  ['route.openshift.io', 'v1', 'Route', 'routes'],
  ['policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'],
];

/** Some who are no deployers. They take turns: a policy that lets one of them pass shows with the others as well. */
const STRANGERS = [
  NAMESPACE_ADMIN,
  serviceAccount('default', 'default'),
  { username: 'system:serviceaccount:kube-public:x', groups: ['system:serviceaccounts'] },
];

const requests = (namespace: string): readonly Attack[] =>
  GOVERNING.flatMap(([group, version, kind, resource], i) =>
    (['CREATE', 'UPDATE', 'DELETE'] as const).map((operation, j) => {
      const user = STRANGERS[(i + j) % STRANGERS.length] ?? NAMESPACE_ADMIN;
      const object = {
        apiVersion: group === '' ? version : `${group}/${version}`,
        kind,
        metadata: { name: 'any', namespace },
      };
      const request: AdmissionRequest = {
        operation,
        group,
        version,
        resource,
        namespace,
        name: 'any',
        ...(operation === 'DELETE' ? {} : { object }),
        ...(operation === 'CREATE' ? {} : { oldObject: object }),
        user,
      };
      return { what: `${operation} of a ${kind} in ${namespace} by ${user.username}, who is no deployer`, request };
    }),
  );

const tokens = (namespace: string): Attack => ({
  what: `a token of a service account in ${namespace} for somebody by hand`,
  request: {
    operation: 'CREATE',
    group: '',
    version: 'v1',
    resource: 'serviceaccounts/token',
    namespace,
    name: 'any',
    object: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    user: NAMESPACE_ADMIN,
  },
});

const check = (view: View) =>
  view.namespaces.flatMap((namespace) =>
    admitted(view, `Namespace ${namespace}`, [...requests(namespace), tokens(namespace)]),
  );

export const rule: Rule = {
  id: 'controls-are-locked',
  layer: 'identity',
  info: 'Somebody who is no declared deployer may change what governs the environment.',
  explanation:
    'NetworkPolicies add up, a RoleBinding grants, a ConfigMap configures: an administrator of the namespace could open every door from inside',
  fix: 'keep the admission policies that name the deployers, and declare deployers in owner.deployers',
  check,
};
