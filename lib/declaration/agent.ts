import { z } from 'zod';
import { checked, looksLikeSecret, text } from './_check';
import { type PinnedImage, pinnedImageSchema } from './image';
import { type Principal, principalSchema } from './people';
import { type ApprovalRule, approvalRuleSchema, type SequenceRule, sequenceRuleSchema } from './sequence';

/** What Kubernetes object runs the agent. */
export interface Workload {
  readonly kind: 'deployment';
  readonly replicas: number;
}
/** Makes {@link Workload}s. */
export const Workload = {
  deployment: (props: { readonly replicas: number }): Workload => ({ ...props, kind: 'deployment' }),
} as const;

/** What stands between the agent and the node's kernel. */
export type Isolation = { readonly kind: 'userNamespace' } | { readonly kind: 'gvisor' } | { readonly kind: 'kata' };
/** Makes {@link Isolation}s. */
export const Isolation = {
  /** A user namespace: the pod's users do not exist on the node. Falco sees its system calls. */
  userNamespace: (): Isolation => ({ kind: 'userNamespace' }),
  /** gVisor: a kernel of its own in user space. Falco is blind to what happens inside. */
  gvisor: (): Isolation => ({ kind: 'gvisor' }),
  /** Kata: a virtual machine. Falco is blind to what happens inside. */
  kata: (): Isolation => ({ kind: 'kata' }),
} as const;

/** What the agent's processes normally do. Outside it, the runtime layer acts. */
export interface Behaviour {
  readonly kind: 'declared';
  /** Absolute paths of executables. */
  readonly processes: readonly string[];
  /** Absolute path prefixes it writes below; each gets a memory-backed volume. */
  readonly writes: readonly string[];
}
/** Makes {@link Behaviour}s. */
export const Behaviour = {
  declared: (props: { readonly processes: readonly string[]; readonly writes: readonly string[] }): Behaviour => ({
    ...props,
    kind: 'declared',
  }),
} as const;

/** How the platform knows that the agent works. */
export type Health =
  | { readonly kind: 'http'; readonly path: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] };
/** Makes {@link Health} checks. */
export const Health = {
  /** A GET that answers 2xx, asked through the sidecar. */
  http: (path: `/${string}`): Health => ({ kind: 'http', path }),
  /** A command in the agent's container that exits 0. */
  exec: (...command: readonly string[]): Health => ({ kind: 'exec', command }),
} as const;

/** What one replica gets; requests equal limits for memory. */
export interface Resources {
  /** @example '500m' */
  readonly cpu: string;
  /** @example '512Mi' */
  readonly memory: string;
}

/** One agent. */
export interface Agent<M extends string = string, O extends string = string> {
  readonly image: PinnedImage;
  readonly workload: Workload;
  readonly isolation: Isolation;
  readonly models: readonly M[];
  readonly tools: readonly O[];
  /** Who may ask it; an empty list is an agent that nobody may ask. */
  readonly mayAsk: readonly Principal[];
  readonly needsApproval: readonly ApprovalRule<O>[];
  readonly sequence: readonly SequenceRule<O>[];
  readonly behaviour: Behaviour;
  readonly health: Health;
  /** Port on 127.0.0.1 where it serves what it is asked. @default 8080 */
  readonly port?: number;
  /** Configuration that is no secret. @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** @default { cpu: '500m', memory: '512Mi' } */
  readonly resources?: Resources;
}

const absolute = text(/^\/(?!.*\/\.{1,2}(\/|$))[A-Za-z0-9._/@+-]{1,255}$/, {
  expected: 'an absolute path, no wildcard',
  fix: 'write the path as the container sees it',
});
const writable = checked(
  absolute,
  (path) =>
    !/^\/(proc|sys|dev|etc|bin|sbin|usr|lib|lib64|root|boot|var\/run|run\/secrets)(\/|$)/.test(path) &&
    !path.endsWith('/'),
  {
    expected: "a directory of the agent's own, such as /tmp or /work",
    fix: 'system directories stay read-only; write below /tmp or /work',
  },
);
const quantity = (pattern: RegExp, example: string): z.ZodType<string> =>
  text(pattern, { expected: `a Kubernetes quantity such as ${example}`, fix: `write ${example}` });

/** Ports of the pod that are the sidecar's. */
const SIDECAR_PORTS = new Set([8443, 15001, 8081, 9090, 9901]);

const env = z
  .record(
    text(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, {
      expected: 'the name of an environment variable',
      fix: 'use A-Z, 0-9 and _',
    }),
    z.string().max(4096),
  )
  .superRefine((values, ctx) => {
    for (const [key, value] of Object.entries(values)) {
      const named = /(^|_)(API_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PRIVATE_KEY)($|_)/i.test(key);
      if (named || looksLikeSecret(value))
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: 'configuration that is no credential: an agent holds none',
          params: {
            fix: 'declare the upstream under tools or models with auth: the gateway adds the credential',
            found: '(hidden: it looks like a credential)',
          },
        });
      if (/(_BASE_URL|_PROXY)$/i.test(key) || key.startsWith('FIREPIT_') || key === 'LD_PRELOAD')
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: 'a name that Firepit does not set itself',
          params: { fix: 'remove it: upstream addresses are set from models and tools' },
        });
    }
  });

/** Schema of one agent; references are checked by {@link referenceProblems}. */
export const agentSchema: z.ZodType<Agent> = z.strictObject({
  image: pinnedImageSchema,
  workload: z.strictObject({ kind: z.literal('deployment'), replicas: z.int().min(0).max(100) }),
  isolation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('userNamespace') }),
    z.strictObject({ kind: z.literal('gvisor') }),
    z.strictObject({ kind: z.literal('kata') }),
  ]),
  models: z.array(z.string()),
  tools: z.array(z.string()),
  mayAsk: z.array(principalSchema),
  needsApproval: z.array(approvalRuleSchema).max(100),
  sequence: z.array(sequenceRuleSchema).max(100),
  behaviour: z.strictObject({
    kind: z.literal('declared'),
    processes: z.array(absolute).min(1).max(100),
    writes: z.array(writable).max(16),
  }),
  health: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('http'),
      path: text(/^\/[A-Za-z0-9._~/-]*$/, { expected: 'an absolute path', fix: 'write it as /healthz' }),
    }),
    z.strictObject({ kind: z.literal('exec'), command: z.array(z.string().min(1).max(4096)).min(1).max(32) }),
  ]),
  port: checked(z.int().min(1024).max(65535), (p) => !SIDECAR_PORTS.has(p), {
    expected: `a port other than the sidecar's (${[...SIDECAR_PORTS].join(', ')})`,
    fix: 'let the agent listen on 8080',
  }).optional(),
  env: env.optional(),
  resources: z
    .strictObject({
      cpu: quantity(/^([1-9][0-9]*m|[1-9][0-9]*)$/, '500m'),
      memory: quantity(/^[1-9][0-9]*(Mi|Gi)$/, '512Mi'),
    })
    .optional(),
}) as unknown as z.ZodType<Agent>;
