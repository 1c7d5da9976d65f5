import { Construct } from 'constructs';
import type { Context } from '../context';
import type { Workload } from '../declaration/workload';
import { KubeObject } from '../k8s';
import { HardenedDeployment, podTemplate, type WorkloadProps } from './workload';

type Of<K extends Workload['kind']> = Extract<Workload, { readonly kind: K }>;
export type AgentObjectProps = Omit<WorkloadProps, 'replicas'>;

/** A start that was missed for so long is left out. */
const LATEST_START_SECONDS = 300;
/** Jobs that a CronJob keeps after they ended; their pods hold the logs. */
const KEPT = { succeeded: 3, failed: 3 } as const;
/** After so long the cluster forgets a Job that ended. */
const FORGOTTEN_SECONDS = 7 * 86400;

/** One pod at a time, which ends by the deadline; a pod is replaced when it is gone, not while it goes. */
const jobSpec = (
  context: Context,
  { deadline, retries }: Of<'job' | 'cronJob'>,
  { labels, pod }: AgentObjectProps,
) => ({
  parallelism: 1,
  completions: 1,
  backoffLimit: retries,
  activeDeadlineSeconds: deadline.seconds,
  podReplacementPolicy: 'Failed',
  ttlSecondsAfterFinished: FORGOTTEN_SECONDS,
  template: podTemplate(context, labels, pod),
});

/**
 * What runs an agent, by the kind that was declared. Nothing here says whether it is suspended: that is the warden's
 * to write, and applying the manifests again resumes nothing.
 */
export class AgentObject extends Construct {
  constructor(scope: Construct, id: string, context: Context, workload: Workload, props: AgentObjectProps) {
    super(scope, id);
    const { name, namespace, purpose, usesProductImages, labels, pod } = props;
    const metadata = () => context.metadata(name, { namespace, purpose, usesProductImages, labels: { ...labels } });
    switch (workload.kind) {
      case 'deployment':
        new HardenedDeployment(this, 'Default', context, { ...props, replicas: workload.replicas });
        break;
      case 'cronJob':
        new KubeObject(this, 'Default', 'CronJob', {
          metadata: metadata(),
          spec: {
            schedule: workload.schedule,
            timeZone: workload.timeZone,
            concurrencyPolicy: 'Forbid',
            startingDeadlineSeconds: LATEST_START_SECONDS,
            successfulJobsHistoryLimit: KEPT.succeeded,
            failedJobsHistoryLimit: KEPT.failed,
            jobTemplate: { spec: jobSpec(context, workload, props) },
          },
        });
        break;
      case 'job':
        new KubeObject(this, 'Default', 'Job', { metadata: metadata(), spec: jobSpec(context, workload, props) });
        break;
      case 'sandbox':
        new KubeObject(this, 'Default', 'Sandbox', {
          metadata: metadata(),
          spec: {
            // The environment has a Service and policies of its own; the controller of agent-sandbox adds none.
            service: false,
            shutdownPolicy: 'Retain',
            podTemplate: podTemplate(context, labels, pod),
          },
        });
        break;
    }
  }
}
