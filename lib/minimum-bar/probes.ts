import { KYVERNO_WEBHOOKS } from '../names';
import type { AdmissionRequest } from './match';
import { mutated } from './mutation';
import type { ObjectView } from './object-view';
import type { World } from './parameters';
import type { PodTemplate } from './pods';
import { type Data, record, records } from './values';

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

const policyNames = (view: ObjectView): string =>
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
export const kyvernoWebhooks = (view: ObjectView, change: Data = {}): Data => ({
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

/** Volumes that the controller of a StatefulSet adds to its first pod: one for each claim. */
const claimed = ({ owner }: PodTemplate): readonly Data[] =>
  records(record(owner.spec).volumeClaimTemplates).map((claim) => {
    const name = record(claim.metadata).name;
    return { name, persistentVolumeClaim: { claimName: `${name}-${owner.metadata?.name}-0` } };
  });

/** Containers as the API server completes them. */
export const completedContainers = (containers: unknown): readonly Data[] =>
  records(containers).map((c) => ({ terminationMessagePath: TERMINATION_LOG, ...c }));

/** The spec of a template, as the API server and the controller complete it. */
const completed = (template: PodTemplate): Data => {
  const spec = Object.fromEntries(
    Object.entries(record(template.spec)).filter(([key, value]) => !dropped.has(key) || value === true),
  );
  const claims = claimed(template);
  return {
    ...spec,
    ...(claims.length === 0 ? {} : { volumes: [...claims, ...records(spec.volumes)] }),
    ...Object.fromEntries(
      ['containers', 'initContainers']
        .filter((list) => Array.isArray(spec[list]))
        .map((list) => [list, completedContainers(spec[list])]),
    ),
  };
};

/** A cluster on which everything works. */
export const healthy = (view: ObjectView): World =>
  view.once('healthy world', () => [kyvernoWebhooks(view), ...view.neighbours]);

/** Kinds whose controller keeps count of its pods by a finalizer. */
const JOBS = new Set(['Job', 'CronJob']);

/** The pod that a template becomes, as validating admission first sees it. */
function podOf(view: ObjectView, template: PodTemplate): AdmissionRequest {
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
        ...(JOBS.has(template.owner.kind) ? { finalizers: ['batch.kubernetes.io/job-tracking'] } : {}),
      },
      spec: completed(template),
    },
    user: REPLICASET_CONTROLLER,
  };
  return { ...request, object: mutated(view, request, healthy(view)) };
}

/** The request by which a controller makes a pod of a template; always the same one where nothing is changed. */
export function podRequest(view: ObjectView, template: PodTemplate, change?: (pod: Data) => Data): AdmissionRequest {
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
