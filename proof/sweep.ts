import { isAbandoned, PROOF } from './copy';
import type { Requests } from './requests';

/** Kinds of the cluster that a copy may hold, in the order in which they go: what refuses goes first. */
const CLUSTER_KINDS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
  ['admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy'],
  ['policies.kyverno.io/v1', 'ImageValidatingPolicy'],
  ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy'],
  ['policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
];
const NAMESPACES = ['v1', 'Namespace'] as const;
const GONE_SECONDS = 120;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

interface Labelled {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

const list = async (
  requests: Requests,
  [apiVersion, kind]: readonly [string, string],
  selector: string,
): Promise<Labelled[]> => {
  if (!(await requests.serves(apiVersion, kind))) return [];
  const { ok, body } = await requests.api.get(
    `${await requests.collection(apiVersion, kind)}?labelSelector=${encodeURIComponent(selector)}`,
  );
  return ok ? body.items : [];
};

/** Names of the copies that killed runs left. */
export async function abandoned(requests: Requests): Promise<string[]> {
  const names = new Set<string>();
  for (const kind of [NAMESPACES, ...CLUSTER_KINDS])
    for (const { metadata } of await list(requests, kind, PROOF.copy))
      if (isAbandoned(metadata.labels ?? {})) names.add(metadata.labels?.[PROOF.copy] ?? '');
  return [...names].sort();
}

/**
 * Takes a copy away: what refuses first, then its namespaces, to the end.
 * @returns what is still there at the deadline
 */
export async function remove(requests: Requests, copy: string, patience = GONE_SECONDS): Promise<string[]> {
  const selector = `${PROOF.copy}=${copy}`;
  const end = Date.now() + patience * 1000;
  for (const kind of [...CLUSTER_KINDS, NAMESPACES])
    for (const { metadata } of await list(requests, kind, selector))
      await requests.remove({ apiVersion: kind[0], kind: kind[1], name: metadata.name });
  for (;;) {
    const left: string[] = [];
    for (const kind of [...CLUSTER_KINDS, NAMESPACES])
      left.push(...(await list(requests, kind, selector)).map(({ metadata: { name } }) => `${kind[1]} ${name}`));
    if (left.length === 0 || Date.now() > end) return left;
    await pause();
  }
}
