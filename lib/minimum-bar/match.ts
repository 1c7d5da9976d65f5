import { type Labels, selects } from './selectors';
import { type Data, isData, labelsOf, record, records, strings } from './values';

/** One request to the API server, as admission sees it. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly group: string;
  readonly version: string;
  /** `pods`, or with a subresource `pods/exec`. */
  readonly resource: string;
  /** Undefined for objects of the cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object?: Data;
  readonly oldObject?: Data;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
}

/** A resource rule, read once: finished objects do not change. */
interface ReadRule {
  readonly groups: ReadonlySet<string>;
  readonly versions: ReadonlySet<string>;
  readonly operations: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly scope: unknown;
}

const read = new WeakMap<Data, ReadRule>();
const readRule = (rule: Data): ReadRule => {
  const known = read.get(rule);
  if (known !== undefined) return known;
  const found: ReadRule = {
    groups: new Set(strings(rule.apiGroups)),
    versions: new Set(strings(rule.apiVersions)),
    operations: new Set(strings(rule.operations)),
    resources: new Set(strings(rule.resources)),
    names: new Set(strings(rule.resourceNames)),
    scope: rule.scope,
  };
  read.set(rule, found);
  return found;
};

const includes = (values: ReadonlySet<string>, value: string): boolean => values.has('*') || values.has(value);

/** `*` is every resource but no subresource; `pods/*`, `*\/status` and `*\/*` are what they say. */
const resourceMatches = (resources: ReadonlySet<string>, resource: string): boolean => {
  if (resources.has(resource) || resources.has('*/*')) return true;
  const [main, sub] = resource.split('/');
  if (sub === undefined) return resources.has('*');
  return resources.has(`${main}/*`) || resources.has(`*/${sub}`);
};

const ruleMatches = (written: Data, request: AdmissionRequest): boolean => {
  const rule = readRule(written);
  return (
    includes(rule.operations, request.operation) &&
    includes(rule.groups, request.group) &&
    includes(rule.versions, request.version) &&
    resourceMatches(rule.resources, request.resource) &&
    (rule.scope === undefined ||
      rule.scope === '*' ||
      rule.scope === (request.namespace === undefined ? 'Cluster' : 'Namespaced')) &&
    (rule.names.size === 0 || rule.names.has(request.name))
  );
};

const objectLabels = (object: unknown): Labels => labelsOf(record(record(object).metadata).labels);

const namespaceMatches = (
  selector: unknown,
  request: AdmissionRequest,
  namespaceLabels: (namespace: string) => Labels,
): boolean => {
  if (!isData(selector)) return true;
  if (request.group === '' && request.resource.split('/')[0] === 'namespaces')
    return selects(selector, {
      ...objectLabels(request.object ?? request.oldObject),
      'kubernetes.io/metadata.name': request.name,
    });
  // Other objects of the cluster are never skipped.
  return request.namespace === undefined || selects(selector, namespaceLabels(request.namespace));
};

/** Whether `matchConstraints` or `matchResources` take in a request. */
export function constraintsMatch(
  constraints: unknown,
  request: AdmissionRequest,
  namespaceLabels: (namespace: string) => Labels,
): boolean {
  const { resourceRules, excludeResourceRules, namespaceSelector, objectSelector } = record(constraints);
  if (resourceRules !== undefined && !records(resourceRules).some((r) => ruleMatches(r, request))) return false;
  if (records(excludeResourceRules).some((r) => ruleMatches(r, request))) return false;
  if (!namespaceMatches(namespaceSelector, request, namespaceLabels)) return false;
  if (!isData(objectSelector)) return true;
  return [request.object, request.oldObject].some((o) => o !== undefined && selects(objectSelector, objectLabels(o)));
}
