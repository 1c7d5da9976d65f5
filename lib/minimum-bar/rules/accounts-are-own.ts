import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import type { Manifest, Problem, Rule } from '../types';
import { list, record, show } from '../values';
import type { View } from '../view';

/** The account that a pod must run under: the agent's, the model's, or the component's. */
const own = (view: View, pod: PodTemplate): string | undefined => {
  const label = pod.labels[view.governed.includes(pod.namespace) ? LABEL.agent : LABEL.component];
  return pod.namespace === view.names.models ? label?.replace(/^model-/, '') : label;
};

const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const name = pod.spec.serviceAccountName;
  const path = pod.at('serviceAccountName');
  if (name === undefined || name !== own(view, pod))
    return [{ object: pod.owner, path, problem: `it runs under the account ${show(name)}, not under its own` }];
  return view.find('', 'ServiceAccount', pod.namespace, name) === undefined
    ? [
        {
          object: pod.owner,
          path,
          problem: `its account '${name}' is not among the objects: its pods can never be made`,
        },
      ]
    : [];
};

const shared = (pods: readonly PodTemplate[]): Problem[] => {
  const users = new Map<string, PodTemplate>();
  return pods.flatMap((pod) => {
    const key = `${pod.namespace}/${pod.spec.serviceAccountName}`;
    const other = users.get(key);
    users.set(key, pod);
    return other === undefined
      ? []
      : [
          {
            object: pod.owner,
            path: pod.at('serviceAccountName'),
            problem: `it shares the account ${key} with ${other.owner.metadata?.name}`,
          },
        ];
  });
};

/** Annotations and labels by which a cloud, or an injector, gives a pod credentials. */
const AMBIENT =
  /(amazonaws\.com\/(role|token)|eks\.amazonaws|iam\.gke\.io|azure\.workload\.identity|aadpodidbinding|alibabacloud\.com|oraclecloud|vault\.hashicorp\.com|(secrets?|credentials?)-?inject|cloud\.google\.com\/service-?account)/i;

const ambient = (object: Manifest, at: string, metadata: unknown): Problem[] =>
  ['annotations', 'labels'].flatMap((field) =>
    Object.keys(record(record(metadata)[field]))
      .filter((key) => AMBIENT.test(key))
      .map((key) => ({
        object,
        path: `${at}.${field}['${key}']`,
        problem: 'by it somebody else gives the pod a credential',
      })),
  );

const accounts = (view: View): Problem[] =>
  view
    .all('', 'ServiceAccount')
    .filter((a) => view.namespaces.includes(a.metadata?.namespace ?? ''))
    .flatMap((object) => [
      ...(object.automountServiceAccountToken === false
        ? []
        : [{ object, path: 'automountServiceAccountToken', problem: 'pods under it get a token for the API server' }]),
      ...ambient(object, 'metadata', object.metadata),
      ...(list(object.secrets).length > 0 ? [{ object, path: 'secrets', problem: 'it names Secrets' }] : []),
    ]);

export const rule: Rule = {
  id: 'accounts-are-own',
  layer: 'identity',
  info: 'A workload runs under an account that is not its own, is shared, or mounts a token by itself.',
  explanation:
    'the account is the identity: two workloads under one account are one to every control, and a mounted token is one more credential',
  fix: 'one ServiceAccount per workload under the name of the agent or part, with automountServiceAccountToken: false',
  check: (view) => {
    const pods = [...view.governedPods, ...view.controlPods];
    return [
      ...pods.flatMap((pod) => [
        ...podProblems(view, pod),
        ...ambient(pod.owner, `${pod.path}.metadata`, { annotations: pod.annotations, labels: pod.labels }),
      ]),
      ...shared(pods),
      ...accounts(view),
    ];
  },
};
