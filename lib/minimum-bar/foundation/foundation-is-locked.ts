import { SYSTEM_NAMESPACE } from '../../names';
import type { AdmissionRequest } from '../match';
import { deployer, NAMESPACE_ADMIN } from '../probes';
import { type Attack, admitted, refused } from '../rules/_probe';
import type { Problem, Rule } from '../types';
import { at, strings } from '../values';
import type { FoundationView } from './view';

const OBJECTS: readonly (readonly [group: string, version: string, resource: string])[] = [
  ['', 'v1', 'configmaps'],
  ['', 'v1', 'secrets'],
  ['', 'v1', 'serviceaccounts'],
  ['apps', 'v1', 'daemonsets'],
  ['apps', 'v1', 'deployments'],
  ['networking.k8s.io', 'v1', 'networkpolicies'],
  ['rbac.authorization.k8s.io', 'v1', 'rolebindings'],
  ['instance.falcosecurity.dev', 'v1alpha1', 'falcos'],
  ['artifact.falcosecurity.dev', 'v1alpha1', 'rulesfiles'],
];

const request = (
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  [group, version, resource]: (typeof OBJECTS)[number],
  name: string,
  user: AdmissionRequest['user'],
): AdmissionRequest => {
  const object = { metadata: { name, namespace: SYSTEM_NAMESPACE } };
  return {
    operation,
    group,
    version,
    resource,
    namespace: SYSTEM_NAMESPACE,
    name,
    user,
    ...(operation === 'DELETE' ? { oldObject: object } : { object, oldObject: object }),
  };
};

const CONFIG_MAPS = OBJECTS[0] as (typeof OBJECTS)[number];

/** By anybody with every right in the namespace, and by deployers of an environment beyond its own rules. */
const attacks = (view: FoundationView): Attack[] => [
  ...OBJECTS.flatMap((object) =>
    (['CREATE', 'UPDATE', 'DELETE'] as const).map((operation) => ({
      what: `${operation.toLowerCase()} of ${object[2]} by an administrator of the namespace`,
      request: request(operation, object, 'any', NAMESPACE_ADMIN),
    })),
  ),
  ...['pods/exec', 'pods/attach', 'pods/portforward'].map((resource) => ({
    what: `${resource.slice(5)} into Falco`,
    request: {
      operation: 'CONNECT' as const,
      group: '',
      version: 'v1',
      resource,
      namespace: SYSTEM_NAMESPACE,
      name: 'falco',
      user: NAMESPACE_ADMIN,
    },
  })),
  ...strangers(view),
];

/** A deployer of one environment who is none of another, nor of the foundation, at the other's rules. */
const strangers = (view: FoundationView): Attack[] => {
  const { environments, owner } = view.declaration;
  return view.environments.flatMap((name) =>
    view.environments
      .filter((other) => other !== name)
      .flatMap((other) =>
        (environments[name]?.deployers ?? [])
          .filter((one) => !owner.deployers.includes(one) && !environments[other]?.deployers.includes(one))
          .map((one) => ({
            what: `a change of the rules of ${other} by ${one}`,
            request: request('UPDATE', CONFIG_MAPS, `falco-rules-${other}`, deployer(one)),
          })),
      ),
  );
};

const wishes = (view: FoundationView): Attack[] => [
  ...view.declaration.owner.deployers.map((one) => ({
    what: `a change of the foundation by ${one}`,
    request: request('UPDATE', CONFIG_MAPS, 'any', deployer(one)),
  })),
  ...view.environments.flatMap((name) =>
    (view.declaration.environments[name]?.deployers ?? []).map((one) => ({
      what: `a change of the rules of ${name} by ${one}`,
      request: request('UPDATE', CONFIG_MAPS, `falco-rules-${name}`, deployer(one)),
    })),
  ),
];

/** The policy that closes what no other opens: all pods, both ways, nothing allowed. */
const closed = (view: FoundationView): Problem[] =>
  view
    .all('networking.k8s.io', 'NetworkPolicy')
    .some(
      ({ metadata, spec }) =>
        metadata.namespace === SYSTEM_NAMESPACE &&
        Object.keys(at(spec, 'podSelector') ?? { none: true }).length === 0 &&
        ['Ingress', 'Egress'].every((type) => strings(at(spec, 'policyTypes')).includes(type)) &&
        at(spec, 'ingress') === undefined &&
        at(spec, 'egress') === undefined,
    )
    ? []
    : [
        {
          object: `Namespace ${SYSTEM_NAMESPACE}`,
          path: '',
          problem: 'no NetworkPolicy denies by default, both ways',
        },
      ];

export const rule: Rule<FoundationView> = {
  id: 'foundation-is-locked',
  layer: 'identity',
  info: `Somebody who is no deployer of the foundation may change what is in ${SYSTEM_NAMESPACE}, or one who is may not.`,
  explanation:
    "whoever edits another environment's rules blinds its warden, and whoever edits Falco blinds all of them",
  fix: 'keep the admission policies of the namespace, and its default deny',
  check: (view) => [
    ...admitted(view, `Namespace ${SYSTEM_NAMESPACE}`, attacks(view)),
    ...refused(view, wishes(view)),
    ...closed(view),
  ],
};
