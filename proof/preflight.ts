import { FirepitError } from '../lib/errors';
import type { Requests } from './requests';

/** What a proof makes; without it nothing can be tried. */
const NEEDED = [
  { group: '', resource: 'namespaces', verb: 'create' },
  { group: '', resource: 'namespaces', verb: 'delete' },
  { group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicies', verb: 'create' },
  { group: 'rbac.authorization.k8s.io', resource: 'rolebindings', verb: 'create' },
  { group: '', resource: 'users', verb: 'impersonate' },
] as const;

/** Whether whoever asks may do something. */
export async function may({ api }: Requests, resourceAttributes: object): Promise<boolean> {
  const { body } = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
  });
  return body?.status?.allowed === true;
}

/**
 * Asks whether a proof can be tried at all, before anything is made.
 * @throws FirepitError `cluster` naming every right that is missing
 */
export async function preflight(requests: Requests): Promise<void> {
  const missing: string[] = [];
  for (const right of NEEDED) if (!(await may(requests, right))) missing.push(`${right.verb} ${right.resource}`);
  if (missing.length > 0)
    throw new FirepitError(
      'cluster',
      `nothing can be proven: this user may not ${missing.join(', ')}\n  fix: ask as somebody who may, such as cluster-admin; nothing was made`,
    );
}
