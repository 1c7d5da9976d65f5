import { podRequest, withContainer, withSpec } from '../probes';
import type { Rule } from '../types';
import type { Data } from '../values';
import { refused } from './_probe';

/** What controllers, schedulers, platforms and the API server write into a pod that says nothing of it. */
const PLACED: Data = {
  affinity: { nodeAffinity: {} },
  hostname: 'any-0',
  imagePullSecrets: [{ name: 'any' }],
  nodeName: 'any',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  preemptionPolicy: 'PreemptLowerPriority',
  priority: 0,
  priorityClassName: 'any',
  schedulerName: 'default-scheduler',
  serviceAccount: 'any',
  subdomain: 'any',
  tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
  topologySpreadConstraints: [],
};
const placed = (pod: Data): Data =>
  withContainer({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }], resources: {} })(
    withSpec(() => PLACED)(pod),
  );

export const rule: Rule = {
  id: 'own-pods-are-admitted',
  layer: 'runtime',
  info: "An admission policy of the environment refuses the environment's own pods.",
  explanation:
    'an environment that cannot start gets its controls switched off by whoever must make it run, and a control point that cannot restart takes every agent down',
  fix: 'correct the policy named, or the workload that it refuses: both come from the same declaration',
  check: (view) =>
    refused(
      view,
      [...view.governedPods, ...view.controlPods].flatMap((template) => {
        const what = `the pods of ${template.owner.kind} ${template.namespace}/${template.owner.metadata?.name}`;
        return [
          { what, request: podRequest(view, template) },
          { what: `${what}, as a cluster completes them`, request: podRequest(view, template, placed) },
        ];
      }),
    ),
};
