import { KYVERNO_WEBHOOKS } from '../names';
import { cel, Scope } from './cel';
import type { AdmissionRequest } from './match';
import { constraintsMatch } from './match';
import type { PodTemplate } from './pods';
import type { Manifest } from './types';
import { at, type Data, record, records, string } from './values';
import type { View } from './view';

/** Requests that rules ask admission about, and the cluster around them. */

/** Somebody with every right inside the namespaces, and none to govern them. */
export const NAMESPACE_ADMIN = { username: 'mallory@example.com', groups: ['system:authenticated'] } as const;
/** The controller that makes pods of a Deployment. */
export const REPLICASET_CONTROLLER = {
  username: 'system:serviceaccount:kube-system:replicaset-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
} as const;

/** A service account as the API server knows it. */
export const serviceAccount = (namespace: string, name: string): AdmissionRequest['user'] => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

const policyNames = (view: View): string =>
  view
    .all('policies.kyverno.io', 'ImageValidatingPolicy')
    .map(({ metadata }) => String(metadata?.name))
    .sort()
    .join('/');

/** A declared deployer, as the API server knows it. */
export const deployer = (declared: string): AdmissionRequest['user'] => {
  const [kind, name = ''] = [declared.slice(0, declared.indexOf(':')), declared.slice(declared.indexOf(':') + 1)];
  if (kind === 'serviceaccount') return serviceAccount(name.split('/')[0] ?? '', name.split('/')[1] ?? '');
  return kind === 'group' ? { username: 'deployer', groups: [name] } : { username: name, groups: [] };
};

/** Kyverno's webhook configuration while it runs and checks signatures: one webhook asks all policies of a namespace. */
export const kyvernoWebhooks = (view: View, change: Data = {}): Data => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: KYVERNO_WEBHOOKS },
  webhooks: [
    {
      name: 'ivpol.validate.kyverno.svc-fail',
      clientConfig: { service: { path: `/ivpol/validate/${policyNames(view)}` } },
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }],
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 15,
      ...change,
    },
  ],
});

/** Fields that the API server leaves out where they are false. */
const dropped = new Set(['hostNetwork', 'hostPID', 'hostIPC']);
/** Where every container that says nothing else leaves its last words. */
const TERMINATION_LOG = '/dev/termination-log';

const replaced = (pod: Data, path: string, value: unknown): Data => {
  const [head, ...rest] = path.split('/').filter((part) => part !== '');
  if (head === undefined) return pod;
  return { ...pod, [head]: rest.length === 0 ? value : replaced(record(pod[head]), rest.join('/'), value) };
};

/** What the MutatingAdmissionPolicies of the environment make of a new pod: JSON patches that add or replace. */
function mutated(view: View, request: AdmissionRequest): Data {
  const group = 'admissionregistration.k8s.io';
  let object = request.object ?? {};
  for (const binding of view.all(group, 'MutatingAdmissionPolicyBinding')) {
    const policy = view.find(group, 'MutatingAdmissionPolicy', undefined, record(binding.spec).policyName);
    const spec = record(policy?.spec);
    if (policy === undefined || !constraintsMatch(spec.matchConstraints, request, view.namespaceLabels)) continue;
    const ref = record(record(binding.spec).paramRef);
    const params = withAddress(view.find('', String(record(spec.paramKind).kind), string(ref.namespace), ref.name));
    for (const mutation of records(spec.mutations)) {
      const run = cel(string(at(mutation, 'jsonPatch', 'expression')) ?? '[]');
      const scope = new Scope({ object, params, request: { operation: request.operation } });
      for (const patch of records(run(scope))) object = replaced(object, string(patch.path) ?? '', patch.value);
    }
  }
  return object;
}

/** A Service as the cluster has it: with an address. */
export const withAddress = (service: Manifest | undefined): Data | undefined => {
  if (service?.kind !== 'Service' || at(service, 'spec', 'clusterIP') !== undefined) return service;
  return { ...service, spec: { ...record(service.spec), clusterIP: '192.0.2.10' } };
};

/** Volumes that the controller of a StatefulSet adds to its first pod: one for each claim. */
const claimed = ({ owner }: PodTemplate): readonly Data[] =>
  records(record(owner.spec).volumeClaimTemplates).map((claim) => {
    const name = record(claim.metadata).name;
    return { name, persistentVolumeClaim: { claimName: `${name}-${owner.metadata?.name}-0` } };
  });

/** The spec of a template, as the API server and the controller complete it. */
const completed = (template: PodTemplate): Data => {
  const spec = Object.fromEntries(
    Object.entries(record(template.spec)).filter(([key, value]) => !dropped.has(key) || value === true),
  );
  const claims = claimed(template);
  return {
    ...spec,
    ...(claims.length === 0 ? {} : { volumes: [...claims, ...records(spec.volumes)] }),
    ...(Array.isArray(spec.containers)
      ? { containers: records(spec.containers).map((c) => ({ terminationMessagePath: TERMINATION_LOG, ...c })) }
      : {}),
  };
};

/** The pod that a template becomes, as admission first sees it. */
function podOf(view: View, template: PodTemplate): AdmissionRequest {
  const request: AdmissionRequest = {
    operation: 'CREATE',
    group: '',
    version: 'v1',
    resource: 'pods',
    namespace: template.namespace,
    name: '',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${template.owner.metadata?.name}-x`,
        namespace: template.namespace,
        labels: template.labels,
        annotations: template.annotations,
      },
      spec: completed(template),
    },
    user: REPLICASET_CONTROLLER,
  };
  return { ...request, object: mutated(view, request) };
}

/** The request by which a controller makes a pod of a template; always the same one where nothing is changed. */
export function podRequest(view: View, template: PodTemplate, change?: (pod: Data) => Data): AdmissionRequest {
  const key = `pod of ${template.owner.kind} ${template.namespace}/${template.owner.metadata?.name} ${template.path}`;
  const own = view.once(key, () => podOf(view, template));
  return change === undefined ? own : { ...own, object: change(own.object ?? {}) };
}

/** The same pod under another name, asked for by a person: a policy may make no difference. */
export const byHand = (request: AdmissionRequest): AdmissionRequest => ({
  ...request,
  object: withMetadata(() => ({ name: 'by-hand' }))(request.object ?? {}),
  user: NAMESPACE_ADMIN,
});

/** The request that changes a running pod. */
export function podUpdate(
  created: AdmissionRequest,
  change: (pod: Data) => Data,
  user: AdmissionRequest['user'] = NAMESPACE_ADMIN,
  resource = 'pods',
): AdmissionRequest {
  const oldObject = created.object ?? {};
  return { ...created, operation: 'UPDATE', resource, name: 'pod', oldObject, object: change(oldObject), user };
}

/** A copy of a pod with other fields in its spec. */
export const withSpec =
  (change: (spec: Data) => Data) =>
  (pod: Data): Data => ({ ...pod, spec: { ...record(pod.spec), ...change(record(pod.spec)) } });

/** A copy of a pod with other metadata. */
export const withMetadata =
  (change: (metadata: Data) => Data) =>
  (pod: Data): Data => ({ ...pod, metadata: { ...record(pod.metadata), ...change(record(pod.metadata)) } });

/** A copy of a pod with other labels; undefined takes one away. */
export const withLabels = (labels: Readonly<Record<string, string | undefined>>): ((pod: Data) => Data) =>
  withMetadata((metadata) => ({
    labels: Object.fromEntries(
      Object.entries({ ...record(metadata.labels), ...labels }).filter(([, value]) => value !== undefined),
    ),
  }));

/** A copy of a pod whose first container (or first init container) is changed. */
export const withContainer = (
  change: Data,
  list: 'containers' | 'initContainers' = 'containers',
): ((pod: Data) => Data) =>
  withSpec((spec) => ({ [list]: records(spec[list]).map((c, i) => (i === 0 ? { ...c, ...change } : c)) }));

/** A copy of a pod with one more volume. */
export const withVolume = (volume: Data): ((pod: Data) => Data) =>
  withSpec((spec) => ({ volumes: [...records(spec.volumes), volume] }));

/** An image that nobody declared. */
export const FOREIGN_IMAGE =
  'registry.example.net/other/tool@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';
