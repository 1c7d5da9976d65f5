import type { Agent } from '../../declaration';
import { objectName } from '../../names';
import { expectedWorkload } from '../expected';
import type { Manifest, Problem, Rule } from '../types';
import { at, records, show, strings } from '../values';
import type { View } from '../view';

const GROUP = 'rbac.authorization.k8s.io';

/** One thing that a subject may do: a cell of RBAC. */
interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Undefined: every name. */
  readonly name: string | undefined;
}

const rightsOf = (role: Manifest | undefined): readonly Right[] =>
  records(role?.rules).flatMap((rule) => {
    const names = strings(rule.resourceNames);
    return strings(rule.apiGroups).flatMap((group) =>
      strings(rule.resources).flatMap((resource) =>
        strings(rule.verbs).flatMap((verb) =>
          (names.length === 0 ? [undefined] : names).map((name) => ({ group, resource, verb, name })),
        ),
      ),
    );
  });

interface Wanted extends Right {
  readonly names?: readonly string[];
}

const grant = (
  group: string,
  resource: string,
  verbs: readonly string[],
  names: readonly (string | undefined)[],
): Wanted[] => verbs.flatMap((verb) => names.map((name) => ({ group, resource, verb, name })));

/** A Deployment is read, and changed in its scale alone. */
const scaled = (name: string): Wanted[] => [
  ...grant('apps', 'deployments', ['get'], [name]),
  ...grant('apps', 'deployments/scale', ['get', 'patch'], [name]),
];

/** What the warden needs to suspend an agent: a scale of its own where Kubernetes has one, else the object. */
const suspends = (declared: string, agent: Agent): Wanted[] => {
  const { kind, name } = expectedWorkload(declared, agent);
  switch (kind) {
    case 'CronJob':
      return grant('batch', 'cronjobs', ['get', 'patch'], [name]);
    case 'Job':
      return grant('batch', 'jobs', ['get', 'patch'], [name]);
    case 'Sandbox':
      return grant('agents.x-k8s.io', 'sandboxes', ['get', 'patch'], [name]);
    default:
      return scaled(name);
  }
};

/** What containing the pods of a namespace takes. */
const containing = (suspending: readonly Wanted[], workloads: readonly string[]): readonly Right[] => [
  ...grant('', 'pods', ['get', 'list', 'watch', 'patch', 'delete'], [undefined]),
  ...suspending,
  ...grant(
    '',
    'secrets',
    ['get', 'update', 'patch'],
    workloads.map((w) => `${w}-identity`),
  ),
];

/** What the warden needs in a namespace, no more and no less. */
export const wardensRights = (view: View, namespace: string): readonly Right[] => {
  const agents = Object.keys(view.declaration.agents).map(objectName);
  const models = view.ownModels.map(([name]) => objectName(name));
  if (namespace === view.names.agents)
    return containing(
      Object.entries(view.declaration.agents).flatMap(([declared, agent]) => suspends(declared, agent)),
      agents,
    );
  if (namespace === view.names.models) return containing(models.flatMap(scaled), models);
  return [
    ...grant('', 'configmaps', ['get', 'list', 'watch', 'update', 'patch'], ['containment', 'ca-bundle']),
    ...grant(
      '',
      'secrets',
      ['get', 'list', 'watch'],
      [...agents.map((a) => `agent-${a}-tls`), ...models.map((m) => `model-${m}-tls`)],
    ),
  ];
};

const sameRight = (a: Right, b: Right): boolean =>
  a.group === b.group && a.resource === b.resource && a.verb === b.verb && a.name === b.name;

const isWarden = (view: View, subject: Record<string, unknown>): boolean =>
  subject.kind === 'ServiceAccount' && subject.name === 'warden' && subject.namespace === view.names.control;

/** Rights that the objects give to the warden in a namespace. */
const given = (view: View, namespace: string): readonly Right[] =>
  view
    .all(GROUP, 'RoleBinding')
    .filter((b) => b.metadata?.namespace === namespace && records(b.subjects).some((s) => isWarden(view, s)))
    .flatMap((b) => rightsOf(view.find(GROUP, 'Role', namespace, at(b.roleRef, 'name'))));

/** Rights of the warden that it needs and does not have. */
export const missingRights = (view: View): Problem[] =>
  view.namespaces.flatMap((namespace) => {
    const has = given(view, namespace);
    return wardensRights(view, namespace)
      .filter((wanted) => !has.some((right) => sameRight(right, wanted)))
      .map(({ group, resource, verb, name }) => ({
        object: `Namespace ${namespace}`,
        path: '',
        problem: `the warden may not ${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` '${name}'`}`,
      }));
  });

const roleProblems = (view: View, role: Manifest): Problem[] => {
  const wanted = wardensRights(view, role.metadata?.namespace ?? '');
  return rightsOf(role)
    .filter(
      (right) =>
        !wanted.some(
          (w) => sameRight(w, right) || (w.name === undefined && sameRight(w, { ...right, name: undefined })),
        ),
    )
    .map(({ group, resource, verb, name }) => ({
      object: role,
      path: 'rules',
      problem: `it grants ${verb} of ${resource === '*' ? 'everything' : resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` '${name}'`}, which no part needs`,
    }));
};

/** Roles of the cluster that the governor has: it reads the public keys of tokens, and asks about tokens where declared. */
const clusterRoles = ({ declaration }: View): readonly string[] => [
  'system:service-account-issuer-discovery',
  ...(declaration.platform.tokenReview === undefined ? [] : ['system:auth-delegator']),
];

const bindingProblems = (view: View, binding: Manifest): Problem[] => {
  const cluster = binding.kind === 'ClusterRoleBinding';
  const role = at(binding.roleRef, 'name');
  const out: Problem[] = [];
  records(binding.subjects).forEach((subject, i) => {
    const governor =
      subject.kind === 'ServiceAccount' && subject.name === 'governor' && subject.namespace === view.names.control;
    if (cluster ? !governor : !isWarden(view, subject))
      out.push({
        object: binding,
        path: `subjects[${i}]`,
        problem: `it gives rights to ${show(subject.kind)} ${show(subject.name)}`,
      });
  });
  const known = cluster
    ? at(binding.roleRef, 'kind') === 'ClusterRole' && clusterRoles(view).some((known) => known === role)
    : at(binding.roleRef, 'kind') === 'Role' &&
      view.find(GROUP, 'Role', binding.metadata?.namespace, role) !== undefined;
  const group = at(binding.roleRef, 'apiGroup');
  if (group !== undefined && group !== '' && group !== GROUP)
    out.push({ object: binding, path: 'roleRef.apiGroup', problem: `${show(group)} has no roles` });
  if (!known)
    out.push({
      object: binding,
      path: 'roleRef',
      problem: `it binds ${show(at(binding.roleRef, 'kind'))} ${show(role)}`,
    });
  return out;
};

export const rule: Rule = {
  id: 'rights-are-few',
  layer: 'identity',
  info: 'RBAC among the objects gives somebody a right that no part of the environment needs.',
  explanation:
    'agents are bound to no right at all; the warden labels, scales and deletes declared agents, and every right beyond that is one for whoever takes it over',
  fix: 'remove the role or binding; rights of people belong to whoever runs the cluster, outside the environment',
  check: (view) => [
    ...[...view.all(GROUP, 'Role'), ...view.all(GROUP, 'ClusterRole')].flatMap((r) => roleProblems(view, r)),
    ...[...view.all(GROUP, 'RoleBinding'), ...view.all(GROUP, 'ClusterRoleBinding')].flatMap((b) =>
      bindingProblems(view, b),
    ),
  ],
};
