import { compiles, evaluate } from './cel';
import {
  arr,
  at,
  labelsOf,
  metadata,
  nameOf,
  namespaceOf,
  type Obj,
  obj,
  objs,
  ofKind,
  selects,
  str,
  strs,
} from './plain';
import { restrictedProblems } from './privilege';

/** What somebody asks of the API server. */
export interface Request {
  readonly what: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object?: Obj;
  readonly oldObject?: Obj;
  readonly user: string;
  readonly groups: readonly string[];
  /** Objects that exist beside the environment's, or instead of one of the same kind and name. */
  readonly beside?: readonly Obj[];
  /** Objects that are gone: `Kind name`. */
  readonly gone?: readonly string[];
}

const GROUP = 'admissionregistration.k8s.io';

/** A policy and one of its bindings, both of which the API server would take. */
interface Guard {
  readonly policy: Obj;
  readonly binding: Obj;
}

const expressionsOf = (policy: Obj): string[] => {
  const spec = obj(policy.spec);
  return [
    ...objs(spec.validations).map((v) => str(v.expression)),
    ...objs(spec.matchConditions).map((v) => str(v.expression)),
    ...objs(spec.variables).map((v) => str(v.expression)),
  ];
};
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'];
const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;
/** A wildcard stands alone in its list; among resources, only what has a subresource stands beside it. */
const wellFormed = (rule: Obj): boolean => {
  const lists = [rule.operations, rule.apiGroups, rule.apiVersions].map(strs);
  const resources = strs(rule.resources);
  const plain = resources.filter((resource) => resource !== '*' && !resource.includes('/'));
  return (
    lists.every((values) => values.length > 0 && (!values.includes('*') || values.length === 1)) &&
    strs(rule.operations).every((operation) => OPERATIONS.includes(operation)) &&
    resources.length > 0 &&
    !resources.includes('') &&
    (!resources.includes('*') || plain.length === 0)
  );
};

const accepted = (policy: Obj): boolean => {
  const spec = obj(policy.spec);
  const lists = [spec.variables, spec.matchConditions].map((list) => objs(list).map((v) => str(v.name)));
  const names = lists.flat();
  return (
    policy.apiVersion === `${GROUP}/v1` &&
    ['Fail', 'Ignore', undefined].includes(spec.failurePolicy as string | undefined) &&
    objs(at(spec, 'matchConstraints', 'resourceRules')).length > 0 &&
    objs(at(spec, 'matchConstraints', 'resourceRules')).every(wellFormed) &&
    lists.every(distinct) &&
    arr(spec.validations).length > 0 &&
    !names.includes('') &&
    expressionsOf(policy).every((expression) => expression !== '' && compiles(expression))
  );
};

const denying = (actions: readonly string[]): boolean =>
  actions.includes('Deny') && distinct(actions) && actions.every((action) => action === 'Deny' || action === 'Audit');

/** The API server on paper: which requests the environment's policies refuse. */
export class ApiServer {
  private readonly guards: readonly Guard[];
  private readonly byKind = new Map<string, Guard[]>();
  private readonly namespaces: ReadonlyMap<string, Record<string, string>>;

  constructor(private readonly objects: readonly Obj[]) {
    const policies = ofKind(objects, GROUP, 'ValidatingAdmissionPolicy').filter(accepted);
    this.guards = ofKind(objects, GROUP, 'ValidatingAdmissionPolicyBinding')
      .filter((binding) => denying(strs(at(binding, 'spec', 'validationActions'))))
      .flatMap((binding) =>
        policies
          .filter((policy) => nameOf(policy) === at(binding, 'spec', 'policyName') && nameOf(policy) !== '')
          .map((policy) => ({ policy, binding })),
      );
    this.namespaces = new Map(
      ofKind(objects, '', 'Namespace').map((ns) => [
        nameOf(ns),
        { ...labelsOf(metadata(ns).labels), 'kubernetes.io/metadata.name': nameOf(ns) },
      ]),
    );
  }

  private labels(namespace: string): Record<string, string> {
    return this.namespaces.get(namespace) ?? { 'kubernetes.io/metadata.name': namespace };
  }

  refuses(request: Request): boolean {
    const guards = this.concerned(request);
    const denied = guards.findIndex((guard) => this.denies(guard, request));
    // Requests of a kind stand together, and what refused the last one is likely to refuse the next.
    if (denied > 0) guards.unshift(...guards.splice(denied, 1));
    return denied >= 0 || this.podSecurity(request);
  }

  /** Guards whose rules name such requests: asked of each kind of request once. */
  private concerned(request: Request): Guard[] {
    const key = `${request.operation} ${request.group} ${request.resource}`;
    const known = this.byKind.get(key);
    if (known !== undefined) return known;
    const found = this.guards.filter(({ policy }) =>
      objs(at(policy, 'spec', 'matchConstraints', 'resourceRules')).some((rule) => covers(rule, request)),
    );
    this.byKind.set(key, found);
    return found;
  }

  private podSecurity({ operation, group, resource, namespace, object }: Request): boolean {
    const labels = this.labels(namespace);
    if (operation !== 'CREATE' || group !== '' || resource !== 'pods' || object === undefined) return false;
    const prefix = 'pod-security.kubernetes.io/enforce';
    return labels[prefix] === 'restricted' && restrictedProblems(obj(object.spec)).length > 0;
  }

  private denies({ policy, binding }: Guard, request: Request): boolean {
    const spec = obj(policy.spec);
    const own = obj(at(binding, 'spec', 'matchResources'));
    if (!this.matches(obj(spec.matchConstraints), request, true) || !this.matches(own, request, false)) return false;
    const fails = spec.failurePolicy !== 'Ignore';
    const params = this.params(policy, binding, request);
    if (params === 'absent') return at(binding, 'spec', 'paramRef', 'parameterNotFoundAction') !== 'Allow';
    const env = this.environment(spec, request, params);
    try {
      if (!objs(spec.matchConditions).every((c) => evaluate(str(c.expression), env) === true)) return false;
    } catch {
      return fails;
    }
    return objs(spec.validations).some((validation) => {
      try {
        return evaluate(str(validation.expression), env) !== true;
      } catch {
        return fails;
      }
    });
  }

  private matches(constraints: Obj, request: Request, required: boolean): boolean {
    const { namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = constraints;
    if (!selects(namespaceSelector, this.labels(request.namespace))) return false;
    const seen = [request.object, request.oldObject].filter((o) => o !== undefined);
    if (objectSelector !== undefined && seen.length > 0)
      if (!seen.some((o) => selects(objectSelector, labelsOf(metadata(o).labels)))) return false;
    if (objs(excludeResourceRules).some((rule) => covers(rule, request))) return false;
    const rules = objs(resourceRules);
    return rules.length === 0 ? !required : rules.some((rule) => covers(rule, request));
  }

  private params(policy: Obj, binding: Obj, { beside = [], gone = [] }: Request): Obj | 'absent' | undefined {
    const kind = obj(at(policy, 'spec', 'paramKind'));
    const ref = at(binding, 'spec', 'paramRef');
    if (kind.kind === undefined || ref === undefined) return undefined;
    const { name, namespace, selector } = obj(ref);
    const is = (object: Obj): boolean =>
      object.kind === kind.kind &&
      object.apiVersion === kind.apiVersion &&
      (selector === undefined ? nameOf(object) === name : selects(selector, labelsOf(metadata(object).labels))) &&
      namespaceOf(object) === (namespace ?? '');
    const there = this.objects.filter((o) => !gone.includes(`${str(o.kind)} ${nameOf(o)}`));
    return beside.find(is) ?? there.find(is) ?? 'absent';
  }

  private environment(spec: Obj, request: Request, params: Obj | undefined): ReadonlyMap<string, () => unknown> {
    const env = new Map<string, () => unknown>([
      ['object', () => request.object ?? null],
      ['oldObject', () => request.oldObject ?? null],
      ['request', () => requestOf(request)],
      ['namespaceObject', () => ({ metadata: { name: request.namespace, labels: this.labels(request.namespace) } })],
    ]);
    const variables = lazily(objs(spec.variables), env);
    env.set('variables', () => variables);
    if (params !== undefined) env.set('params', () => params);
    return env;
  }
}

const requestOf = ({ operation, namespace, name, user, groups }: Request): Obj => ({
  operation,
  namespace,
  name,
  userInfo: { username: user, groups },
});

/** Variables that are worked out when somebody asks for them, once. */
const lazily = (variables: readonly Obj[], env: ReadonlyMap<string, () => unknown>): Obj => {
  const out = {};
  for (const { name, expression } of variables) {
    const key = str(name);
    const get = (): unknown => {
      const value = evaluate(str(expression), env);
      Object.defineProperty(out, key, { value });
      return value;
    };
    Object.defineProperty(out, key, { enumerable: true, configurable: true, get });
  }
  return out;
};

const covers = (rule: Obj, { operation, group, resource }: Request): boolean => {
  const has = (list: unknown, value: string): boolean => strs(list).some((item) => item === '*' || item === value);
  const [parent = '', sub] = resource.split('/');
  const named = strs(rule.resources).some((r) =>
    sub === undefined
      ? r === '*' || r === '*/*' || r === parent
      : r === '*/*' || r === resource || r === `${parent}/*` || r === `*/${sub}`,
  );
  const versions = strs(rule.apiVersions);
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    named &&
    arr(rule.resourceNames).length === 0 &&
    versions.some((v) => v === '*' || (group === '' ? v === 'v1' : /^v\d+((alpha|beta)\d+)?$/.test(v)))
  );
};
