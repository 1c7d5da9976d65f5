import { z } from 'zod';
import { file, listen, oidc, peer, principal, seconds, state, telemetry, tls, version } from './_common';
import { approvalRule, sequenceRule } from './sequence';

const argument = z.strictObject({
  kind: z.enum(['matches', 'text', 'number', 'integer', 'boolean', 'oneOf']),
  pattern: z.string().optional(),
  maxLength: z.int().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.array(z.string()).optional(),
  optional: z.literal(true).optional(),
});

const operation = z.strictObject({
  effect: z.enum(['read', 'write', 'destructive']),
  reach: z.enum(['internal', 'external']),
  returns: z.array(z.enum(['untrusted', 'sensitive'])),
  /** `any`: an internal read that declared none. */
  arguments: z.union([z.literal('any'), z.record(z.string(), argument)]),
  route: z.strictObject({ method: z.string(), path: z.string() }).optional(),
  /** Digest of the definition that an MCP server must show (RFC 8785). @default - any */
  manifest: z
    .string()
    .regex(/^sha256:[a-f0-9]{64}$/)
    .optional(),
});

const agent = z.strictObject({
  /** Subject of the sidecar's token. */
  serviceAccount: z.string().regex(/^system:serviceaccount:/),
  /** DNS name in the sidecar's certificate; it and the token must name the same agent. */
  certificateName: z.string(),
  models: z.array(z.string()),
  operations: z.array(z.string()),
  mayAsk: z.array(principal),
  needsApproval: z.array(approvalRule),
  sequence: z.array(sequenceRule),
});

const guardZone = z.strictObject({
  mode: z.literal('enforce'),
  secrets: z.enum(['block', 'redact']),
  normalise: z.literal(true),
  maxDecodeDepth: z.int(),
});

/** `governor.json`: everything the policy decision point knows. */
export const governorConfig = z.strictObject({
  version,
  environment: z.string(),
  listen,
  tls,
  /** Names of the certificates that may ask for decisions. */
  gateway: z.string(),
  token: z.strictObject({
    audience: z.string(),
    jwks: z.url(),
    ca: file,
    credential: file,
    /** Where each token is asked about besides, and how long a yes is good for. @default - its signature is enough */
    review: z.strictObject({ url: z.url(), cacheSeconds: seconds }).optional(),
  }),
  users: oidc,
  agents: z.record(z.string(), agent),
  models: z.record(
    z.string(),
    z.strictObject({ protocol: z.enum(['anthropic', 'openai']), names: z.array(z.string()).min(1) }),
  ),
  tools: z.record(
    z.string(),
    z.strictObject({
      protocol: z.enum(['mcp', 'http', 'connect']),
      /** The agent that is asked. @default - an upstream */
      agent: z.string().optional(),
      /** Of a host that is tunnelled to: what a CONNECT asks for, and what it may take. @default - it is none */
      tunnel: z
        .strictObject({
          to: z.string().regex(/^[a-z0-9.-]+:[0-9]+$/),
          /** Of one tunnel, both directions together. */
          bytes: z.int().min(1),
          /** Of one agent, open at once in one governor. */
          connections: z.int().min(1),
          seconds,
        })
        .optional(),
      operations: z.record(z.string(), operation),
    }),
  ),
  policies: z.strictObject({ schema: file, policies: file, digest: z.string().regex(/^sha256:[a-f0-9]{64}$/) }),
  guard: z.strictObject({ user: guardZone, model: guardZone, toolResult: guardZone }),
  limits: z.strictObject({
    bodyBytes: z.int(),
    jsonDepth: z.int(),
    decisionMilliseconds: z.int(),
    /** Calls of one agent that one governor has open at once, in each direction; the next one is refused. */
    agentCalls: z.int().min(1).default(256),
  }),
  approvals: z.strictObject({
    server: peer,
    deadlineSeconds: seconds,
    /** Who may stop and pause any run, and let one go on. */
    approvers: z.array(principal),
  }),
  /** A run ends this long after its question at the latest. */
  runs: z.strictObject({
    lifetimeSeconds: seconds,
    /** How many agents may be asked in turn after the one that a person asked. @default - none */
    depth: z.int().min(1).max(8).optional(),
  }),
  ledger: z.strictObject({ server: peer }),
  state: state.extend({
    /** File that keeps denials and outcomes while the database is away. @default - none */
    spool: z
      .string()
      .regex(/^\/var\/lib\/firepit\//)
      .optional(),
  }),
  telemetry: telemetry.extend({
    /** What is said in calls is told too, once the guard has looked at it. @default - names, numbers and codes alone */
    content: z.literal(true).optional(),
  }),
});
export type GovernorConfig = z.infer<typeof governorConfig>;
