import { workloadObject } from '../../lib/workload-object';
import type { Attempt, Ref } from '../case';
import type { Loose, Subject } from '../subject';

type Patch = Extract<Attempt, { verb: 'patch' }>;
type Kind = ReturnType<typeof workloadObject>['kind'];

/** Where a kind's pods are described, and what is no suspension but a change of how it runs. */
const OTHER: { readonly [K in Kind]: Loose } = {
  Deployment: { spec: { minReadySeconds: 9 } },
  CronJob: { spec: { concurrencyPolicy: 'Replace' } },
  Job: { spec: { activeDeadlineSeconds: 999_999 } },
  Sandbox: { spec: { service: true } },
};
const SUSPENDED: { readonly [K in Kind]: Loose } = {
  Deployment: { spec: { replicas: 0 } },
  CronJob: { spec: { suspend: true } },
  Job: { spec: { suspend: true } },
  Sandbox: { spec: { operatingMode: 'Suspended' } },
};

/** What runs an agent, as the API server knows it, and what the warden may do to it. */
export interface AgentObject {
  readonly ref: Ref;
  readonly kind: Kind;
  /** Name of the resource: `cronjobs`. */
  readonly resource: string;
  /** Whether RBAC alone tells a suspension from any other change. */
  readonly byRights: boolean;
  readonly suspend: Patch;
  /** Changes how it runs instead. */
  readonly otherwise: Patch;
}

/** What runs each agent, in the order of the declaration. */
export const agentObjects = (subject: Subject): readonly AgentObject[] =>
  Object.entries(subject.declaration.agents).map(([declared, agent]) => {
    const { kind, name, resource, suspendedIn } = workloadObject(declared, agent);
    const { apiVersion } = subject.object(kind, name, subject.names.agents);
    const ref: Ref = { apiVersion, kind, name, namespace: subject.names.agents };
    const subresource = suspendedIn.split('/')[1];
    return {
      ref,
      kind,
      resource,
      byRights: subresource !== undefined,
      suspend: { verb: 'patch', ref, patch: SUSPENDED[kind], ...(subresource === undefined ? {} : { subresource }) },
      otherwise: { verb: 'patch', ref, patch: OTHER[kind] },
    };
  });
