import { KINDS } from '../../k8s';
import { SYSTEM_NAMESPACE } from '../../names';
import type { Manifest, Problem, Rule } from '../types';
import { show } from '../values';
import type { FoundationView } from './view';

/** Objects of the cluster that a foundation has, under its own prefix. */
const CLUSTER = new Set([
  'Namespace',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'SecurityContextConstraints',
]);

const problemOf = ({ apiVersion, kind, metadata }: Manifest): string | undefined => {
  const { name = '', namespace } = metadata ?? {};
  const known = (KINDS as Readonly<Record<string, { readonly apiVersion: string }>>)[kind];
  if (known !== undefined && known.apiVersion !== apiVersion)
    return `it is written as ${show(apiVersion)} and judged as ${known.apiVersion}`;
  if (namespace !== undefined)
    return namespace === SYSTEM_NAMESPACE ? undefined : `it belongs into the namespace ${namespace}`;
  if (kind === 'Namespace') return name === SYSTEM_NAMESPACE ? undefined : 'it is a namespace of somebody else';
  if (!CLUSTER.has(kind)) return 'it belongs to the whole cluster, and no foundation needs one';
  return name.startsWith(`${SYSTEM_NAMESPACE}-`) ? undefined : `its name does not start with '${SYSTEM_NAMESPACE}-'`;
};

export const rule: Rule<FoundationView> = {
  id: 'foundation-stays-home',
  layer: 'identity',
  info: `An object of the foundation lies outside ${SYSTEM_NAMESPACE}, or in the cluster under a foreign name or kind.`,
  explanation:
    'environments share the foundation and nothing else: what it puts elsewhere would govern, or open, what is not its own',
  fix: 'put it into an app of its own',
  check: (view): Problem[] =>
    view.objects.flatMap((object) => {
      const problem = problemOf(object);
      return problem === undefined ? [] : [{ object, path: 'metadata', problem }];
    }),
};
