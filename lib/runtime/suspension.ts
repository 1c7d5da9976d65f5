import { Construct } from 'constructs';
import { isWarden } from '../admission/people';
import { inNamespace, ValidatingPolicy } from '../admission/policy';
import type { Context } from '../context';
import { type WorkloadObject, workloadObject } from '../workload-object';

/** What a spec says beside whether it is suspended, for kinds without a subresource for that. */
const REST: Readonly<Record<string, readonly string[]>> = {
  CronJob: [
    'schedule',
    'timeZone',
    'startingDeadlineSeconds',
    'concurrencyPolicy',
    'jobTemplate',
    'successfulJobsHistoryLimit',
    'failedJobsHistoryLimit',
  ],
  Job: [
    'activeDeadlineSeconds',
    'backoffLimit',
    'backoffLimitPerIndex',
    'completionMode',
    'completions',
    'managedBy',
    'manualSelector',
    'maxFailedIndexes',
    'parallelism',
    'podFailurePolicy',
    'podReplacementPolicy',
    'selector',
    'successPolicy',
    'template',
    'ttlSecondsAfterFinished',
  ],
  Sandbox: ['podTemplate', 'service', 'shutdownPolicy', 'shutdownTime', 'volumeClaimTemplates'],
};
const METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

const unchanged = (part: string, fields: readonly string[]): string =>
  fields.map((field) => `object.${part}.?${field} == oldObject.${part}.?${field}`).join(' && ');

/**
 * The warden suspends, and changes nothing else. RBAC knows no fields: whoever may suspend a CronJob may write its pod
 * template as well. Without a parameter, so that a suspension waits for nothing.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class Suspension extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const objects = Object.entries(context.declaration.agents).map(([name, agent]) => workloadObject(name, agent));
    for (const object of new Map(objects.map((each) => [each.kind, each])).values()) this.policy(context, object);
  }

  private policy(context: Context, { kind, apiGroup, resource, suspendedIn }: WorkloadObject): void {
    const rest = REST[kind];
    if (rest === undefined || suspendedIn !== resource) return;
    new ValidatingPolicy(this, `suspension-${resource}`, context, {
      purpose: `the warden suspends a ${kind} and changes nothing else of it`,
      matchConstraints: inNamespace(context.names.agents, {
        apiGroups: [apiGroup],
        apiVersions: ['*'],
        operations: ['UPDATE'],
        resources: [resource],
      }),
      matchConditions: [{ name: 'warden', expression: isWarden(context) }],
      validations: [
        {
          expression: `${unchanged('spec', rest)} && ${unchanged('metadata', METADATA)}`,
          message: `the warden writes whether a ${kind} is suspended, and nothing else of it`,
        },
      ],
    });
  }
}
