import { cel, Lazy, Scope, Unreadable } from './cel';
import type { AdmissionRequest } from './match';
import type { ObjectView } from './object-view';
import type { Manifest } from './types';
import { type Data, record, records, string } from './values';

const requestData = (request: AdmissionRequest): Data => ({
  operation: request.operation,
  name: request.name,
  namespace: request.namespace ?? '',
  resource: { group: request.group, version: request.version, resource: request.resource.split('/')[0] },
  requestResource: { group: request.group, version: request.version, resource: request.resource.split('/')[0] },
  subResource: request.resource.split('/')[1] ?? '',
  userInfo: { username: request.user.username, groups: request.user.groups },
});

/** What the expressions of a policy see of a request. */
export const scopeOf = (
  view: ObjectView,
  policy: Manifest,
  params: Data | undefined,
  request: AdmissionRequest,
): Scope => {
  const variables = new Map(
    records(record(policy.spec).variables).map((v) => [string(v.name), string(v.expression) ?? '']),
  );
  const known = new Map<string, unknown>();
  const scope: Scope = new Scope({
    object: request.object ?? null,
    oldObject: request.oldObject ?? null,
    request: requestData(request),
    params: params ?? null,
    namespaceObject:
      request.namespace === undefined
        ? null
        : { metadata: { name: request.namespace, labels: view.namespaceLabels(request.namespace) } },
    variables: new Lazy((name) => {
      if (known.has(name)) return known.get(name);
      const expression = variables.get(name);
      if (expression === undefined) throw new Unreadable(`unknown variable ${name}`);
      const value = cel(expression)(scope);
      known.set(name, value);
      return value;
    }),
  });
  return scope;
};
