import { podRequest } from '../probes';
import type { Rule } from '../types';
import { refused } from './_probe';

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
      [...view.agentPods, ...view.controlPods].map((template) => ({
        what: `the pods of ${template.owner.kind} ${template.namespace}/${template.owner.metadata?.name}`,
        request: podRequest(view, template),
      })),
    ),
};
