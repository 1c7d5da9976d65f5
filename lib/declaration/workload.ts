import { z } from 'zod';
import { made, whole } from './_check';
import { type Duration, durationSchema } from './duration';
import { scheduleSchema, timeZoneSchema } from './schedule';

/** What Kubernetes object runs the agent. */
export type Workload =
  | { readonly kind: 'deployment'; readonly replicas: number }
  | ({ readonly kind: 'cronJob'; readonly schedule: string; readonly timeZone: string } & Ending)
  | ({ readonly kind: 'job'; readonly generation: number } & Ending)
  | { readonly kind: 'sandbox' };

/** What workloads have in common whose pods end by themselves. */
interface Ending {
  /** After so long a pod is ended, whatever it does: one minute to seven days. */
  readonly deadline: Duration;
  /** How often a pod that failed is followed by another one. */
  readonly retries: number;
}
interface EndingProps {
  readonly deadline: Duration;
  /** From 0 to 10. @default 0: what was done already might be done twice */
  readonly retries?: number;
}

/** Makes {@link Workload}s. */
export const Workload = {
  /** Runs always, in so many pods: 0 to 100. */
  deployment: (props: { readonly replicas: number }): Workload => ({ ...props, kind: 'deployment' }),
  /**
   * Starts by the clock, does its work and ends; the next start waits until the last one ended. It has no user.
   * @param props `schedule` in the five fields of cron; `timeZone` of the IANA database @default 'Etc/UTC'
   */
  cronJob: (props: EndingProps & { readonly schedule: string; readonly timeZone?: string }): Workload => ({
    ...props,
    timeZone: props.timeZone ?? 'Etc/UTC',
    retries: props.retries ?? 0,
    kind: 'cronJob',
  }),
  /**
   * Does its work once and ends. It has no user. A Job's pod cannot be changed, so every change counts `generation`
   * up, and with it comes a new Job.
   */
  job: (props: EndingProps & { readonly generation: number }): Workload => ({
    ...props,
    retries: props.retries ?? 0,
    kind: 'job',
  }),
  /** One pod that runs always, kept by the controller of agent-sandbox (agents.x-k8s.io). */
  sandbox: (): Workload => ({ kind: 'sandbox' }),
} as const;

/** A workload whose pods end by themselves: nobody asks it, so it works for no user. */
export const ends = (kind: unknown): kind is 'cronJob' | 'job' => kind === 'cronJob' || kind === 'job';

/** Pods that a workload keeps at the same time. */
export const replicasOf = (workload: Workload): number => (workload.kind === 'deployment' ? workload.replicas : 1);

const ending = { deadline: durationSchema(60, 7 * 86400), retries: whole(0, 10) };

export const workloadSchema: z.ZodType<Workload> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('deployment'), replicas: whole(0, 100) }),
    z.strictObject({ kind: z.literal('cronJob'), schedule: scheduleSchema, timeZone: timeZoneSchema, ...ending }),
    z.strictObject({ kind: z.literal('job'), generation: whole(1, 9999), ...ending }),
    z.strictObject({ kind: z.literal('sandbox') }),
  ]),
  'a workload',
  'Workload.deployment({ replicas: 2 }), Workload.cronJob({ schedule, deadline }), Workload.job({ deadline, generation }) or Workload.sandbox()',
);
