import type { PodTemplate } from '../pods';
import { suspension } from '../suspensions';
import { NOT_APPLICABLE, type Rule } from '../types';
import { type Data, record } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

/** What a warden that was taken over could write where it suspends, kind by kind: values that nobody can declare. */
const SPECS: Readonly<Record<string, readonly Data[]>> = {
  CronJob: [
    { jobTemplate: {} },
    { schedule: '@every 1s' },
    { timeZone: 'Local' },
    { concurrencyPolicy: 'Allow' },
    { startingDeadlineSeconds: 1_000_000 },
    { successfulJobsHistoryLimit: 1_000_000 },
    { failedJobsHistoryLimit: 1_000_000 },
  ],
  Job: [
    { template: {} },
    { activeDeadlineSeconds: 1_000_000 },
    { backoffLimit: 1000 },
    { backoffLimitPerIndex: 1000 },
    { completionMode: 'Indexed' },
    { completions: 1000 },
    { managedBy: 'example.com/any' },
    { manualSelector: true },
    { maxFailedIndexes: 1000 },
    { parallelism: 1000 },
    { podFailurePolicy: { rules: [] } },
    { podReplacementPolicy: 'TerminatingOrFailed' },
    { selector: {} },
    { successPolicy: { rules: [] } },
    { ttlSecondsAfterFinished: 1_000_000 },
  ],
  Sandbox: [
    { podTemplate: {} },
    { service: true },
    { shutdownPolicy: 'Delete' },
    { shutdownTime: '2030-01-01T00:00:00Z' },
    { volumeClaimTemplates: [{ metadata: { name: 'any' }, spec: {} }] },
  ],
};
const METADATA: readonly Data[] = [
  { annotations: { any: 'any' } },
  { finalizers: ['example.com/stay'] },
  { labels: {} },
  { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'any', uid: 'any' }] },
];

const attacks = (view: View, template: PodTemplate): readonly Attack[] => {
  const request = suspension(view, template);
  const { object = {} } = request;
  const metadata = record(object.metadata);
  return [
    ...(SPECS[template.owner.kind] ?? []).map((spec) => ({ ...object, spec: { ...record(object.spec), ...spec } })),
    ...METADATA.map((more) => ({ ...object, metadata: { ...metadata, ...more } })),
  ].map((changed) => ({
    what: `the warden that changes a ${template.owner.kind} in more than whether it is suspended`,
    request: { ...request, object: changed },
  }));
};

export const rule: Rule = {
  id: 'warden-only-suspends',
  layer: 'identity',
  info: 'Whoever takes over the warden can rewrite what runs an agent.',
  explanation:
    'a CronJob, a Job and a Sandbox have no subresource for their suspension: the right to suspend them is the right to change their pods, unless admission holds it to the one field',
  fix: 'keep the policies suspension-* as the environment writes them',
  check: (view) => {
    const templates = view.agentPods.filter(({ owner }) => SPECS[owner.kind] !== undefined);
    if (templates.length === 0) return NOT_APPLICABLE;
    return templates.flatMap((template) => admitted(view, template.owner, attacks(view, template)).slice(0, 1));
  },
};
