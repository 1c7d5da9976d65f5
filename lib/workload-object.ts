import type { Agent } from './declaration';
import { objectName } from './declaration/references';
import type { Workload } from './declaration/workload';

/** What the warden and its rights know of an object that runs an agent. */
export interface WorkloadObject {
  readonly kind: 'Deployment' | 'CronJob' | 'Job' | 'Sandbox';
  readonly apiGroup: string;
  /** Where RBAC and admission find it. */
  readonly resource: string;
  /** Where it is suspended: Kubernetes has a subresource for it in a Deployment alone. */
  readonly suspendedIn: string;
}

const OBJECTS: { readonly [K in Workload['kind']]: WorkloadObject } = {
  deployment: { kind: 'Deployment', apiGroup: 'apps', resource: 'deployments', suspendedIn: 'deployments/scale' },
  cronJob: { kind: 'CronJob', apiGroup: 'batch', resource: 'cronjobs', suspendedIn: 'cronjobs' },
  job: { kind: 'Job', apiGroup: 'batch', resource: 'jobs', suspendedIn: 'jobs' },
  sandbox: { kind: 'Sandbox', apiGroup: 'agents.x-k8s.io', resource: 'sandboxes', suspendedIn: 'sandboxes' },
};

/** Name of the object that runs an agent. The pods of a Job cannot change: each generation is a Job of its own. */
export const workloadName = (declared: string, workload: Workload): string =>
  workload.kind === 'job' ? `${objectName(declared)}-g${workload.generation}` : objectName(declared);

/** The object that runs an agent. */
export const workloadObject = (
  declared: string,
  { workload }: Pick<Agent, 'workload'>,
): WorkloadObject & { readonly name: string } => ({
  ...OBJECTS[workload.kind],
  name: workloadName(declared, workload),
});
