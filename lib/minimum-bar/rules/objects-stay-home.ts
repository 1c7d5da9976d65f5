import { KINDS } from '../../k8s';
import { SYSTEM_NAMESPACE } from '../../names';
import type { Manifest, Problem, Rule } from '../types';
import { show } from '../values';
import type { View } from '../view';

/** Objects of the cluster that an environment has, all under its own prefix. */
const CLUSTER = new Set([
  'Namespace',
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'ImageValidatingPolicy',
  'ClusterRoleBinding',
]);

const isFalcoRules = (view: View, object: Manifest): boolean =>
  object.kind === 'ConfigMap' &&
  object.metadata?.namespace === SYSTEM_NAMESPACE &&
  object.metadata?.name === `falco-rules-${view.names.environment}`;

/** Why an object is not what its kind promises: a version that nobody serves or judges, or no name. */
const malformed = ({ apiVersion, kind, metadata }: Manifest): string | undefined => {
  const known = (KINDS as Readonly<Record<string, { readonly apiVersion: string }>>)[kind];
  if (known !== undefined && known.apiVersion !== apiVersion)
    return `it is written as ${show(apiVersion)} and judged as ${known.apiVersion}`;
  const name = metadata?.name;
  return typeof name === 'string' && NAME.test(name) ? undefined : `its name is ${show(name)}`;
};
const NAME = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/;

const problemOf = (view: View, object: Manifest): string | undefined => {
  const { name = '', namespace } = object.metadata ?? {};
  const problem = malformed(object);
  if (problem !== undefined) return problem;
  if (namespace !== undefined)
    return view.namespaces.includes(namespace) || isFalcoRules(view, object)
      ? undefined
      : `it belongs into the namespace ${namespace}, which is not the environment's`;
  if (!CLUSTER.has(object.kind)) return 'it belongs to the whole cluster, and no environment needs one';
  if (object.kind === 'Namespace')
    return view.namespaces.includes(name) ? undefined : 'it is a namespace of somebody else';
  return name.startsWith(`${view.names.environment}-`)
    ? undefined
    : `its name does not start with '${view.names.environment}-'`;
};

export const rule: Rule = {
  id: 'objects-stay-home',
  layer: 'identity',
  info: 'An object lies outside the environment: in another namespace, or in the cluster under a foreign name or kind.',
  explanation:
    'an environment that reaches into other namespaces can weaken what governs them, and is deployed with rights that no environment needs',
  fix: 'put it into an app of its own; what a cluster needs once belongs to whoever runs the cluster',
  check: (view): Problem[] =>
    view.objects.flatMap((object) => {
      const problem = problemOf(view, object);
      return problem === undefined ? [] : [{ object, path: 'metadata', problem }];
    }),
};
