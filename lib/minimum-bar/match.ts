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

const includes = (values: readonly string[], value: string): boolean => values.includes('*') || values.includes(value);

const resourceMatches = (resources: readonly string[], resource: string): boolean =>
  resources.some((r) => {
    if (r === '*/*' || r === resource) return true;
    const [wanted, wantedSub] = r.split('/');
    const [main, sub] = resource.split('/');
    if (wantedSub === undefined) return wanted === '*' && sub === undefined;
    return sub !== undefined && (wanted === '*' || wanted === main) && (wantedSub === '*' || wantedSub === sub);
  });

const ruleMatches = (rule: Data, request: AdmissionRequest): boolean =>
  includes(strings(rule.apiGroups), request.group) &&
  includes(strings(rule.apiVersions), request.version) &&
  includes(strings(rule.operations), request.operation) &&
  resourceMatches(strings(rule.resources), request.resource) &&
  (rule.scope === undefined ||
    rule.scope === '*' ||
    rule.scope === (request.namespace === undefined ? 'Cluster' : 'Namespaced')) &&
  (strings(rule.resourceNames).length === 0 || strings(rule.resourceNames).includes(request.name));

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
