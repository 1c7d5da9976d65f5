import { z } from 'zod';
import { file, listen, seconds, state, telemetry, tls, version } from './_common';

/** Rungs of the response ladder, mildest first; Falco rules carry them as tags `firepit_<rung>`. */
export const RUNGS = ['audit', 'alert', 'throttle', 'deny', 'quarantine', 'hold', 'suspend', 'kill'] as const;

const agent = z.strictObject({
  namespace: z.string(),
  workload: z.strictObject({ kind: z.enum(['Deployment', 'CronJob', 'Job', 'Sandbox']), name: z.string() }),
  /** False where the isolation hides system calls from Falco; then silence is not an alarm. */
  watched: z.boolean(),
  /** Leaf certificate: where cert-manager puts it, and the Secret beside the agent that carries it. */
  identity: z.strictObject({
    source: z.strictObject({ namespace: z.string(), secret: z.string() }),
    target: z.strictObject({ namespace: z.string(), secret: z.string() }),
  }),
});

/** `warden.json`: what the kill switch may act on, and how far by itself. */
export const wardenConfig = z.strictObject({
  version,
  environment: z.string(),
  listen,
  tls,
  agents: z.record(z.string(), agent),
  alerts: z.strictObject({ clientCa: file, environmentField: z.string(), silenceSeconds: seconds }),
  /** Certificate names that may report signals and press the button. */
  signals: z.strictObject({ governor: z.string(), approvals: z.string() }),
  record: z.strictObject({ namespace: z.string(), configMap: z.string() }),
  quarantineLabel: z.string(),
  /** ConfigMap that publishes the environment's CA certificate. */
  caBundle: z.strictObject({ namespace: z.string(), configMap: z.string() }),
  limits: z.strictObject({ killsPerHour: z.int().min(1), releaseQuorum: z.literal(2) }),
  token: z.strictObject({ credential: file, ca: file }),
  state,
  telemetry,
});
export type WardenConfig = z.infer<typeof wardenConfig>;
