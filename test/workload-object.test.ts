import { expect, test } from '@jest/globals';
import { KINDS } from '../lib/k8s';
import { workloadObject } from '../lib/workload-object';
import { desk } from './support/desk';
import { WORKLOADS } from './support/workloads';

const { triage } = desk().agents;

test.each([
  ['deployment', {}, 'Deployment triage', 'apps', 'deployments', 'deployments/scale'],
  ['cronJob', WORKLOADS.cronJob, 'CronJob triage', 'batch', 'cronjobs', 'cronjobs'],
  ['job', WORKLOADS.job, 'Job triage-g3', 'batch', 'jobs', 'jobs'],
  ['sandbox', WORKLOADS.sandbox, 'Sandbox triage', 'agents.x-k8s.io', 'sandboxes', 'sandboxes'],
])('a %s, and where it is suspended', (_kind, change, title, group, resource, suspendedIn) => {
  const { kind, name, ...rest } = workloadObject('triage', { ...triage, ...change } as never);
  expect(`${kind} ${name}`).toBe(title);
  expect(rest).toEqual({ apiGroup: group, resource, suspendedIn });
  expect(KINDS[kind].apiVersion.split('/')[0]).toBe(group);
});
