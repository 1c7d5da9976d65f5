import { z } from 'zod';

/** Largest entry of the log, in bytes: an entry bundle of tlog-tiles counts them in 16 bits. */
export const MAX_ENTRY_BYTES = 65_535;

const short = z.string().max(512);
const name = z.string().min(1).max(512);
const uuid = z.uuid();
/** `sha256:` of a random salt of 32 bytes and a body. The body is kept apart, and may be erased. */
export const commitment = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const digest = commitment;

const common = {
  version: z.literal(1),
  id: uuid,
  /** When it happened, by the clock of the part that says so. */
  time: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  environment: name,
  /** The part that recorded it, and which of its replicas. */
  recorder: z.strictObject({ part: z.enum(['governor', 'approvals', 'warden', 'ledger']), replica: short.optional() }),
};

const who = z.strictObject({
  agent: name.optional(),
  /** The person for whom, as the identity provider names them. Absent: the agent acts on its own. */
  user: z.strictObject({ issuer: short, subject: name }).optional(),
  run: name.optional(),
});

const reach = z.enum(['internal', 'external']);
const taint = z.array(z.enum(['untrusted', 'sensitive'])).max(2);
const trace = z.string().regex(/^[0-9a-f]{32}$/);

/** A call was judged. It is durable before the call moves. */
const decision = z.strictObject({
  ...common,
  kind: z.literal('decision'),
  who,
  what: z.strictObject({
    /** `tickets.close`, or what a request that is none was taken for. */
    operation: name,
    effect: z.enum(['read', 'write', 'destructive']).optional(),
    reach: reach.optional(),
    /** What its result may carry, as declared: the sequence has it from the request on. */
    returns: taint.optional(),
    model: name.optional(),
    arguments: commitment.optional(),
    /** The body as it came, of which the digest alone is kept; absent beside arguments. */
    body: commitment.optional(),
  }),
  where: z.strictObject({
    direction: z.enum(['front', 'back']),
    upstream: short.optional(),
    method: short.optional(),
    /** Without query. */
    path: z.string().max(2048).optional(),
  }),
  why: z.strictObject({
    effect: z.enum(['allow', 'deny', 'needs_approval']),
    code: name,
    reason: z.string().max(2048),
    /** The policies and sequence rules that decided. */
    policies: z.array(name).max(256),
    policyDigest: digest.optional(),
    /** What was true of the run: taint, counts, sums. */
    facts: z.array(short).max(256),
    /** The decision of the model turn that asked for this call. `null`: no turn asked for it. */
    askedBy: uuid.nullable().optional(),
    /** Which of the turn's tool-use blocks, from 0. */
    block: z.int().min(0).optional(),
    /** What the model said it wants. A claim, not evidence. */
    claim: commitment.optional(),
    approval: uuid.optional(),
    /** What an approval is bound to: a digest over agent, user, run, operation, arguments, policy and sequence. */
    proposal: commitment.optional(),
    /** Digest over the entries of the sequence before this one; absent where it is the first. */
    sequenceHead: digest.optional(),
    /** Whose sequence that is. @default - the run's; the agent's where there is no run */
    sequence: z.literal('agent').optional(),
  }),
  how: z.strictObject({
    protocol: z.enum(['mcp', 'openai', 'anthropic', 'http', 'connect', 'unknown']),
    toolManifest: digest.optional(),
    guard: z.array(short).max(256),
    trace: trace.optional(),
    microseconds: z.int().min(0).optional(),
  }),
});

/** What became of a call that was let through. */
const outcome = z.strictObject({
  ...common,
  kind: z.literal('outcome'),
  decision: uuid,
  who,
  what: z.strictObject({
    /** Of its decision, so that a sequence can be read without it. */
    operation: name.optional(),
    reach: reach.optional(),
    /** As the upstream answered; 0: it did not. */
    status: z.int().min(0).max(999),
    /** The answer as it came, of which the digest alone is kept. */
    result: commitment.optional(),
    /** What a model asked for in it: its tool-use blocks, in order. */
    claims: commitment.optional(),
    /** The answer was inspected and not handed on, or cut. */
    withheld: z.boolean(),
    taint,
  }),
  /** `answered`, `failed`, or the code of the denial with which the answer was withheld. */
  why: z.strictObject({ code: name, reason: z.string().max(2048), facts: z.array(short).max(256) }),
  how: z.strictObject({
    guard: z.array(short).max(256),
    microseconds: z.int().min(0).optional(),
    /** What passed through a tunnel, whose bytes nobody reads. @default - it was none */
    tunnel: z.strictObject({ sent: z.int().min(0), received: z.int().min(0), milliseconds: z.int().min(0) }).optional(),
  }),
});

/** Anything else that somebody must be able to read afterwards: an approval, a containment, an erasure. */
const event = z.strictObject({
  ...common,
  kind: z.literal('event'),
  decision: uuid.optional(),
  who,
  what: z.strictObject({ event: z.string().regex(/^[a-z]+(\.[a-z-]+)+$/), subject: z.string().max(2048) }),
  why: z.strictObject({ reason: z.string().max(2048), facts: z.array(short).max(256) }),
});

/** One leaf of the log: who did what, where, why, and how that was decided. Written as canonical JSON (RFC 8785). */
export const entry = z.discriminatedUnion('kind', [decision, outcome, event]);
export type Entry = z.infer<typeof entry>;
export type DecisionEntry = z.infer<typeof decision>;
export type OutcomeEntry = z.infer<typeof outcome>;
export type EventEntry = z.infer<typeof event>;
