import { z } from 'zod';
import { checked, explained, list, looksLikeSecret, made, says, text, urlPath, whole } from './_check';
import { HIDDEN } from './_show';
import { type PinnedImage, pinnedImageSchema } from './image';
import { type Principal, principalSchema } from './people';
import { type ApprovalRule, approvalRuleSchema, type SequenceRule, sequenceRuleSchema } from './sequence';
import { type Workload, workloadSchema } from './workload';

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
/** Whether what runs under it runs on the node's kernel: Falco sees it, and it is told of files that kubelet changes. */
export const sharesKernel = ({ kind }: Isolation): boolean => kind === 'userNamespace';

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
  /** The executables it may run, by their paths, and the folders below which it may write. */
  declared: (props: { readonly processes: readonly string[]; readonly writes: readonly string[] }): Behaviour => ({
    ...props,
    kind: 'declared',
  }),
} as const;

/** How the platform knows that the agent works. */
export type Health =
  | { readonly kind: 'http'; readonly path: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'exits' };
/** Makes {@link Health} checks. */
export const Health = {
  /** A GET that answers 2xx, asked through the sidecar. */
  http: (path: `/${string}`): Health => ({ kind: 'http', path }),
  /** A command in the agent's container that exits 0. */
  exec: (...command: readonly string[]): Health => ({ kind: 'exec', command }),
  /** For a cronJob or job, and only for them: it worked when it exits 0, and its deadline ends one that hangs. */
  exits: (): Health => ({ kind: 'exits' }),
} as const;

/** What one replica gets; requests equal limits for memory. */
export interface Resources {
  /** @example '500m' */
  readonly cpu: string;
  /** @example '512Mi' */
  readonly memory: string;
}

/** What an agent gets that does not say. */
export const DEFAULT_RESOURCES: Resources = { cpu: '500m', memory: '512Mi' };

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

const absolute = checked(
  z.string(),
  (path) => path.length <= 256 && /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@+-]+)+$/.test(path),
  {
    expected: 'an absolute path, without wildcard, dot segments, doubled or last slash',
    fix: 'write the path as the container sees it',
  },
);
const writable = checked(
  absolute,
  (path) =>
    !/^\/(proc|sys|dev|etc|bin|sbin|usr|lib|lib32|lib64|root|boot|var$|var\/run|run$|run\/secrets)(\/|$)/.test(path),
  {
    expected: "a directory of the agent's own, such as /tmp or /work",
    fix: 'system directories stay read-only; write below /tmp or /work',
  },
);
const quantity = (pattern: RegExp, example: string): z.ZodType<string> =>
  text(pattern, { expected: `a Kubernetes quantity such as ${example}`, fix: `write ${example}` });

/** Ports of the pod that are the sidecar's. */
const SIDECAR_PORTS = new Set([8443, 15001, 8081, 9090, 9901]);

/** Names under which programs expect a credential. */
const CREDENTIAL = /(^|_)(API_?KEY|ACCESS_KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PRIVATE_KEY)($|_)/i;
/** Names that say where upstreams are, or that change what a process loads. */
const OURS = /(_BASE_URL|_PROXY)$|^FIREPIT_|^LD_/i;

const env = says(
  z
    .record(
      checked(z.string(), (key) => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key) && !OURS.test(key), {
        expected: 'the name of an environment variable that Firepit does not set itself',
        fix: 'use A-Z, 0-9 and _; upstream addresses (*_BASE_URL, *_PROXY) are set from models and tools',
      }),
      explained(
        z.string(),
        (value) =>
          value.length <= 4096 && !value.includes('\0')
            ? undefined
            : { expected: 'text of at most 4096 characters', fix: 'put larger configuration into the image' },
        { expected: 'text', fix: "write it in quotes: '4'" },
      ),
    )
    .superRefine((values, ctx) => {
      for (const [key, value] of Object.entries(values))
        if (CREDENTIAL.test(key) || looksLikeSecret(value))
          ctx.addIssue({
            code: 'custom',
            path: [key],
            message: 'configuration that is no credential: an agent holds none',
            params: {
              fix: 'declare the upstream under tools or models with auth: the gateway adds the credential',
              found: HIDDEN,
            },
          });
    }),
  { expected: 'environment variables by name', fix: "write it as { LOG_LEVEL: 'info' }" },
);

/** Schema of one agent; references are checked by {@link referenceProblems}. */
export const agentSchema: z.ZodType<Agent> = says(
  z.strictObject({
    image: pinnedImageSchema,
    workload: workloadSchema,
    isolation: made(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('userNamespace') }),
        z.strictObject({ kind: z.literal('gvisor') }),
        z.strictObject({ kind: z.literal('kata') }),
      ]),
      'an isolation',
      'Isolation.userNamespace(), Isolation.gvisor() or Isolation.kata()',
    ),
    models: list(z.string(), {}, 'names of declared models'),
    tools: list(z.string(), {}, "declared operations, as '<tool>.<operation>'"),
    mayAsk: list(principalSchema, { max: 256 }, 'the people or groups who may ask the agent'),
    needsApproval: list(approvalRuleSchema, { max: 100 }, 'rules made by Approval.of or Approval.when'),
    sequence: list(sequenceRuleSchema, { max: 100 }, 'rules made by Sequence.atMost, Sequence.never or Sequence.only'),
    behaviour: made(
      z.strictObject({
        kind: z.literal('declared'),
        processes: list(absolute, { min: 1, max: 100 }, 'paths of the executables the agent runs'),
        writes: list(writable, { max: 16 }, 'directories the agent writes below'),
      }),
      'the behaviour of the agent',
      "Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] })",
    ),
    health: made(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('http'), path: urlPath('/healthz') }),
        z.strictObject({
          kind: z.literal('exec'),
          command: list(
            checked(z.string(), (word) => word.length > 0 && word.length <= 4096 && !word.includes('\0'), {
              expected: 'a word of a command, of 1 to 4096 characters',
              fix: 'write the command as a list of words',
            }),
            { min: 1, max: 32 },
            'a command and its arguments',
          ),
        }),
        z.strictObject({ kind: z.literal('exits') }),
      ]),
      'a health check',
      "Health.http('/healthz'), Health.exec('/app/agent', '--check') or, for what ends by itself, Health.exits()",
    ),
    port: checked(whole(1024, 65535), (p) => !SIDECAR_PORTS.has(p), {
      expected: `a port other than the sidecar's (${[...SIDECAR_PORTS].join(', ')})`,
      fix: 'let the agent listen on 8080',
    }).optional(),
    env: env.optional(),
    resources: says(
      z.strictObject({
        cpu: quantity(/^([1-9][0-9]{0,5}m|[1-9][0-9]{0,2})$/, '500m'),
        memory: quantity(/^[1-9][0-9]{0,5}(Mi|Gi)$/, '512Mi'),
      }),
      { expected: 'what one replica gets', fix: "write { cpu: '500m', memory: '512Mi' }" },
    ).optional(),
  }) as unknown as z.ZodType<Agent>,
  { expected: 'an agent', fix: 'write { image, workload, isolation, models, tools, … }' },
);

type Shape = 'image' | 'isolation' | 'behaviour' | 'health' | 'port' | 'env' | 'resources';
const {
  image,
  isolation,
  behaviour,
  health,
  port,
  env: variables,
  resources,
} = (agentSchema as unknown as { readonly shape: Readonly<Record<Shape, z.ZodType>> }).shape;
/** What every program that runs governed declares; a model server has no resources by default. */
export const serverShape = {
  image,
  isolation,
  behaviour,
  health,
  port,
  env: variables,
  resources: (resources as z.ZodOptional<z.ZodType>).unwrap(),
};
