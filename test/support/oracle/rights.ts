import type { Facts } from './facts';
import { arr, type Hole, nameOf, namespaceOf, type Obj, obj, objs, ofKind, str, strs, title, which } from './plain';

const GROUP = 'rbac.authorization.k8s.io';
/** Roles of every cluster that the governor may have: the second one only where tokens are asked about. */
const allowedClusterRoles = ({ declaration }: Facts): readonly string[] =>
  declaration.platform.tokenReview === undefined
    ? ['system:service-account-issuer-discovery']
    : ['system:service-account-issuer-discovery', 'system:auth-delegator'];

const has = (list: unknown, value: string): boolean => strs(list).some((item) => item === value || item === '*');
const allows = (rule: Obj, group: string, resource: string, verb: string, name: string): boolean =>
  has(rule.apiGroups, group) &&
  has(rule.resources, resource) &&
  has(rule.verbs, verb) &&
  (arr(rule.resourceNames).length === 0 || strs(rule.resourceNames).includes(name));

/** Rights beyond what the control plane needs; and rights the warden lacks to act. */
export const rightsHoles = (objects: readonly Obj[], facts: Facts): Hole[] => {
  const roles = [...ofKind(objects, GROUP, 'Role'), ...ofKind(objects, GROUP, 'ClusterRole')];
  const bindings = [...ofKind(objects, GROUP, 'RoleBinding'), ...ofKind(objects, GROUP, 'ClusterRoleBinding')];
  const rights = [
    ...roles.flatMap((role) =>
      objs(role.rules).flatMap((rule) => excesses(rule, role, facts).map((what) => `${title(role)} ${what}`)),
    ),
    ...bindings.flatMap((binding) => bindingProblems(binding, facts).map((what) => `${title(binding)} ${what}`)),
  ];
  return [
    ...rights.map((what) => ({ area: 'rights', what })),
    ...wardenLacks(bindings, roles, facts).map((what) => ({ area: 'containment', what: `the warden may not ${what}` })),
  ];
};

const bindingProblems = (binding: Obj, facts: Facts): string[] => {
  const { kind, name } = obj(binding.roleRef);
  return [
    ...objs(binding.subjects).flatMap((subject) => strangeSubject(subjectOf(subject, binding), binding, facts) ?? []),
    ...which([
      kind === 'ClusterRole' && !allowedClusterRoles(facts).includes(str(name)),
      `binds ClusterRole ${str(name)}`,
    ]),
  ];
};

const subjectOf = ({ kind, name, namespace }: Obj, binding: Obj): string =>
  kind === 'ServiceAccount' ? `${str(namespace ?? namespaceOf(binding))}/${str(name)}` : `${str(kind)} ${str(name)}`;

const strangeSubject = (who: string, binding: Obj, facts: Facts): string | undefined => {
  const { control } = facts;
  const role = str(obj(binding.roleRef).name);
  if (who === `${control}/warden` && binding.kind === 'RoleBinding') return undefined;
  if (who === `${control}/governor` && allowedClusterRoles(facts).includes(role)) return undefined;
  return `gives ${role} to ${who}`;
};

const INTRUSIVE = [
  'pods/exec',
  'pods/attach',
  'pods/ephemeralcontainers',
  'serviceaccounts/token',
  'roles',
  'rolebindings',
  'nodes',
];
const KNOWN = ['pods', 'secrets', 'configmaps', 'deployments', 'statefulsets', 'jobs', 'cronjobs', 'sandboxes', '*'];

/** What a rule may not say in a governed environment, whoever it is bound to. */
const excesses = (rule: Obj, role: Obj, facts: Facts): string[] => {
  const lists = [rule.verbs, rule.resources, rule.apiGroups, rule.resourceNames];
  const verbs = strs(rule.verbs);
  const resources = strs(rule.resources);
  const named = strs(rule.resourceNames);
  const only = (allowed: readonly string[]): boolean => named.length > 0 && named.every((n) => allowed.includes(n));
  const owners = { [facts.E]: facts.agents, [facts.models]: facts.ownModels }[namespaceOf(role)];
  const own = owners?.map(({ name }) => `${name}-identity`) ?? [
    ...facts.agents.map(({ name }) => `agent-${name}-tls`),
    ...facts.ownModels.map(({ name }) => `model-${name}-tls`),
  ];
  return [
    ...which(
      [lists.some((list) => strs(list).includes('*')), 'has a wildcard'],
      [role.kind === 'ClusterRole', 'holds in every namespace'],
      [resources.includes('secrets') && !only(own), 'reads other Secrets'],
      [resources.includes('configmaps') && !only(['containment', 'ca-bundle']), 'touches other ConfigMaps'],
    ),
    ...['escalate', 'bind', 'impersonate', 'deletecollection'].filter((v) => verbs.includes(v)).map((v) => `may ${v}`),
    ...INTRUSIVE.filter((r) => resources.includes(r)).map((r) => `reaches ${r}`),
    ...resources.filter((r) => !KNOWN.includes(r.replace(/\/(scale|status)$/, ''))).map((r) => `touches ${r}`),
  ];
};

const wardenLacks = (bindings: readonly Obj[], roles: readonly Obj[], facts: Facts): string[] => {
  const { E, control, models, agents, ownModels } = facts;
  const granted = (namespace: string): Obj[] =>
    bindings
      .filter((b) => b.kind === 'RoleBinding' && namespaceOf(b) === namespace)
      .filter((b) =>
        objs(b.subjects).some((s) => s.kind === 'ServiceAccount' && subjectOf(s, b) === `${control}/warden`),
      )
      .flatMap((b) =>
        roles
          .filter(
            (r) => r.kind === obj(b.roleRef).kind && nameOf(r) === obj(b.roleRef).name && namespaceOf(r) === namespace,
          )
          .filter(() => [GROUP, '', undefined].includes(obj(b.roleRef).apiGroup as string | undefined)),
      )
      .flatMap((r) => objs(r.rules));
  const can = (namespace: string, group: string, resource: string, verb: string, name = ''): boolean =>
    granted(namespace).some((rule) => allows(rule, group, resource, verb, name));
  const lacks: string[] = [];
  for (const namespace of ownModels.length === 0 ? [E] : [E, models])
    for (const verb of ['get', 'list', 'patch', 'delete'])
      if (!can(namespace, '', 'pods', verb)) lacks.push(`${verb} pods of ${namespace}`);
  for (const verb of ['get', 'patch'])
    if (!can(control, '', 'configmaps', verb, 'containment')) lacks.push(`${verb} the containment record`);
  const workloads = [
    ...agents.map(({ workload }) => ({ namespace: E, ...workload })),
    ...ownModels.map(({ name }) => ({ namespace: models, group: 'apps', door: 'deployments/scale', name })),
  ];
  for (const { namespace, group, door, name } of workloads)
    if (!can(namespace, group, door, 'patch', name)) lacks.push(`suspend ${door} ${namespace}/${name}`);
  return lacks;
};
