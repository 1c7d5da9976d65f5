import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import { selects } from '../selectors';
import { type Manifest, NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, isData, record, records, strings } from '../values';
import type { View } from '../view';

const hasExplicitDeny = (view: View): boolean => {
  const { platform } = view.declaration;
  return platform.kind === 'openshift' || platform.clusterNetworkPolicy;
};

const subjects = (policy: Manifest, view: View, pod: PodTemplate, value: string): boolean => {
  const pods = at(policy.spec, 'subject', 'pods');
  return (
    isData(pods) &&
    view.inNamespaces(pods.namespaceSelector, pod.namespace) &&
    selects(pods.podSelector ?? {}, { ...pod.labels, [LABEL.quarantine]: value })
  );
};

/** Whether the first rules deny everything, before any that does not. */
const deniesAll = (policy: Manifest): boolean => {
  const { ingress, egress } = record(policy.spec);
  const everyPod = (peers: unknown): boolean =>
    records(peers).some((p) => isData(p.namespaces) && Object.keys(p.namespaces).length === 0);
  const unconditional = (r: Record<string, unknown>): boolean =>
    r.action === 'Deny' && r.ports === undefined && r.protocols === undefined;
  const networks = records(egress)
    .filter(unconditional)
    .flatMap((r) => records(r.to).flatMap((p) => strings(p.networks)));
  return (
    records(ingress).some((r) => unconditional(r) && everyPod(r.from)) &&
    records(egress).some((r) => unconditional(r) && everyPod(r.to)) &&
    networks.includes('0.0.0.0/0') &&
    networks.includes('::/0')
  );
};

const first = (policy: Manifest): boolean => {
  const spec = record(policy.spec);
  return spec.priority === 0 && (policy.kind === 'AdminNetworkPolicy' || spec.tier === 'Admin');
};

export const rule: Rule = {
  id: 'quarantine-is-denied-explicitly',
  layer: 'runtime',
  info: 'On a platform that can deny above NetworkPolicy, nothing denies quarantined pods explicitly.',
  explanation:
    'exclusion from every allow policy is enough until somebody adds a policy that forgets it; an explicit deny holds then as well',
  fix: 'keep the cluster policy with priority 0 that denies both directions to pods with the quarantine label',
  check: (view): readonly Problem[] | typeof NOT_APPLICABLE => {
    if (!hasExplicitDeny(view)) return NOT_APPLICABLE;
    const kind = view.declaration.platform.kind === 'openshift' ? 'AdminNetworkPolicy' : 'ClusterNetworkPolicy';
    const denying = view.all('policy.networking.k8s.io', kind).filter((p) => first(p) && deniesAll(p));
    return view.governedPods
      .filter((pod) => !['true', 'anything', ''].every((value) => denying.some((p) => subjects(p, view, pod, value))))
      .map((pod) => ({
        object: pod.owner,
        path: `${pod.path}.metadata.labels`,
        problem: `no ${kind} denies it both directions under quarantine, whatever the label says`,
      }));
  },
};
