import type { DenialCode } from './codes';
import type { Pending } from './context';
import type { Claim } from './explain';
import type { Protocol } from './parse/request';
import type { Turn } from './parse/turn';
import type { Event, Reach } from './sequence/event';

/** A person, as records name them. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
}

/** A decision: who, what, in which sequence, with what result, and because of what. */
export interface Decision {
  /** A UUID. */
  readonly id: string;
  readonly at: number;
  readonly door: 'front' | 'back';
  /** Undefined where nobody could be identified. */
  readonly agent: string | undefined;
  readonly user: Person | undefined;
  readonly run: string | undefined;
  readonly protocol: Protocol['kind'];
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The tool, model or agent that was asked; undefined where that could not be read. */
  readonly upstream: string | undefined;
  /** What was asked for, in the one vocabulary; undefined where it could not be read. */
  readonly action: string | undefined;
  /** `sha256:…` of the canonical arguments, and of the body as it came. */
  readonly argumentsDigest: string | undefined;
  readonly bodyDigest: string;
  /** Of a declared operation. */
  readonly operation: { readonly effect: 'read' | 'write' | 'destructive'; readonly reach: Reach } | undefined;
  /** The model's name on the wire. */
  readonly model: string | undefined;
  readonly effect: 'allow' | 'deny' | 'needs_approval';
  readonly code: DenialCode | undefined;
  /** In words, for whoever reads the record. */
  readonly reason: string;
  /** Ids of policies and rules that made it so. */
  readonly because: readonly string[];
  /** What was true of the sequence: `taint:sensitive`, `violated:…`, `exceeded:…`, `autonomous`, `unexplained`. */
  readonly facts: readonly string[];
  /** What the guard found. */
  readonly guard: readonly string[];
  /** Of the W3C trace context that the request came with. */
  readonly trace: string | undefined;
  /** The span in it that says it made the request. */
  readonly callerSpan: string | undefined;
  /** How long it took to decide, until it was handed over to be recorded. */
  readonly microseconds: number;
  readonly policyDigest: string;
  /** The claim that explains the call. */
  readonly claim: Claim | undefined;
  /** What the sequence has from now on, where the call was let through. */
  readonly event: Event | undefined;
  /** Of the sequence that it was judged in; undefined where none was. */
  readonly head: string | undefined;
  /** Whether that is the agent's own sequence though there is a run: a rule looked further. */
  readonly wide: boolean;
  /** `sha256:…` of what an approval of it is bound to; undefined where it needs none. */
  readonly proposal: string | undefined;
  /** Digest of the tool's definition, as it is pinned; undefined where it is not. */
  readonly toolManifest: string | undefined;
  /** Id of the approval. */
  readonly approval: string | undefined;
}

/** What came of a call that was let through. */
export interface Outcome {
  readonly decision: string;
  readonly agent: string;
  readonly user: Person | undefined;
  readonly run: string | undefined;
  /** Of its decision. */
  readonly event: Event | undefined;
  readonly at: number;
  readonly phase: 'response' | 'error';
  /** As the upstream answered; 0: it did not. */
  readonly status: number;
  readonly bodyDigest: string | undefined;
  /** What a model asked for in this answer. */
  readonly claims: readonly Claim[];
  /** Tokens that a model counted. @default - it did not say */
  readonly usage?: Turn['usage'];
  /** Which model says it answered, and why it stopped, in its provider's words. @default - it did not say */
  readonly model?: string | undefined;
  readonly stop?: string | undefined;
  /** Nothing of the answer was handed on, or not all. */
  readonly withheld: boolean;
  /** Why it was withheld; undefined where it passed. */
  readonly code: DenialCode | undefined;
  /** In words, for whoever reads the record. */
  readonly reason: string;
  /** What the guard found. */
  readonly guard: readonly string[];
  /** What passed through a tunnel. @default - it was none */
  readonly tunnel?: Passed;
}

/** Bytes of a tunnel that passed, to the host and back, and how long it was open. */
export interface Passed {
  readonly milliseconds: number;
  readonly received: number;
  readonly sent: number;
}

/** Whether later calls are judged by it: it is a step of a sequence, or a model asked for something in it. */
export const isJudgedBy = ({ event, claims }: Outcome): boolean => event !== undefined || claims.length > 0;

/** The outcome of a call, with what its decision says of it. */
export const outcomeOf = (
  { decision, caller, run, event }: Pending,
  seen: Omit<Outcome, 'decision' | 'agent' | 'user' | 'run' | 'event'>,
): Outcome => {
  const user = caller.door === 'front' ? caller.user : caller.run?.user;
  return {
    decision,
    agent: caller.agent,
    user: user === undefined ? undefined : { issuer: user.issuer, subject: user.subject },
    run,
    event,
    ...seen,
  };
};

/** Somebody else decided in this sequence meanwhile: the call is judged again on what is there now. */
export class HeadMoved extends Error {
  override readonly name = 'HeadMoved';
}

/** The durable record. Nothing is forwarded before its decision is in it. */
export interface Recorder {
  /**
   * Resolves once the decision is durable.
   * @param head of the sequence that was judged; undefined where none was
   * @throws HeadMoved if it moved; Denial if the run was stopped or paused meanwhile
   */
  decision(decision: Decision, head: string | undefined): Promise<void>;
  /** Resolves once the answer may pass: the outcome is durable, or nothing is judged by it. */
  outcome(outcome: Outcome): Promise<void>;
}
