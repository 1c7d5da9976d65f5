import type { AdmissionRequest } from './match';
import type { PodTemplate } from './pods';
import { serviceAccount } from './probes';
import { type Data, record } from './values';
import type { View } from './view';

/** Where a kind is suspended, and what is written there. */
interface Suspended {
  readonly group: string;
  readonly resource: string;
  readonly spec: Data;
}
const SUSPENDED: Readonly<Record<string, Suspended>> = {
  CronJob: { group: 'batch', resource: 'cronjobs', spec: { suspend: true } },
  Job: { group: 'batch', resource: 'jobs', spec: { suspend: true } },
  Sandbox: { group: 'agents.x-k8s.io', resource: 'sandboxes', spec: { operatingMode: 'Suspended' } },
};

/** What the warden sends to suspend what makes these pods; a Deployment is scaled to zero. */
export function suspension(view: View, template: PodTemplate): AdmissionRequest {
  const { owner, namespace } = template;
  const name = owner.metadata?.name ?? '';
  const request = { operation: 'UPDATE', namespace, name, user: serviceAccount(view.names.control, 'warden') } as const;
  const known = SUSPENDED[owner.kind];
  if (known !== undefined)
    return {
      ...request,
      group: known.group,
      version: String(owner.apiVersion).split('/').at(-1) ?? '',
      resource: known.resource,
      object: { ...owner, spec: { ...record(owner.spec), ...known.spec } },
      oldObject: owner,
    };
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace } };
  return {
    ...request,
    group: 'apps',
    version: 'v1',
    resource: 'deployments/scale',
    object: { ...scale, spec: { replicas: 0 } },
    oldObject: { ...scale, spec: { replicas: 3 } },
  };
}
