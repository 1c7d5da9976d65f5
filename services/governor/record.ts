import type { DenialCode } from './codes';
import type { Claim } from './explain';
import type { Event } from './sequence/event';

/** A decision: who, what, in which sequence, with what result, and because of what. */
export interface Decision {
  readonly id: string;
  readonly at: number;
  readonly door: 'front' | 'back';
  /** Undefined where nobody could be identified. */
  readonly agent: string | undefined;
  readonly user: { readonly issuer: string; readonly subject: string } | undefined;
  readonly run: string | undefined;
  /** What was asked for, in the one vocabulary; undefined where it could not be read. */
  readonly action: string | undefined;
  /** `sha256:…` of the canonical arguments, and of the body as it came. */
  readonly argumentsDigest: string | undefined;
  readonly bodyDigest: string;
  readonly effect: 'allow' | 'deny' | 'needs_approval';
  readonly code: DenialCode | undefined;
  /** Ids of policies and rules that made it so. */
  readonly because: readonly string[];
  readonly policyDigest: string;
  /** The claim that explains the call. */
  readonly claim: Claim | undefined;
  /** What the sequence has from now on, where the call was let through. */
  readonly event: Event | undefined;
}

/** What came of a call that was let through. */
export interface Outcome {
  readonly decision: string;
  readonly at: number;
  readonly phase: 'response' | 'error';
  readonly status: number;
  readonly bodyDigest: string | undefined;
  /** What a model asked for in this answer. */
  readonly claims: readonly Claim[];
}

/** Somebody else decided in this sequence meanwhile: the call is judged again on what is there now. */
export class HeadMoved extends Error {
  override readonly name = 'HeadMoved';
}

/** The durable record. Nothing is forwarded before its decision is in it. */
export interface Recorder {
  /**
   * Resolves once the decision is durable.
   * @param head of the sequence that was judged; undefined where none was. Throws {@link HeadMoved} if it moved.
   */
  decision(decision: Decision, head: string | undefined): Promise<void>;
  outcome(outcome: Outcome): Promise<void>;
}
