import { digestOf } from './canonical';
import type { JsonObject } from './parse/json';
import type { Person } from './record';

/** A call that waits for people, and everything that they agree to. */
export interface Proposal {
  readonly environment: string;
  readonly agent: string;
  /** For whom; null where the agent acts on its own. */
  readonly user: Person | null;
  readonly run: string | null;
  /** `<tool>.<operation>`. */
  readonly operation: string;
  /** Digest of the tool's definition as it is pinned; null where it is not. */
  readonly toolManifest: string | null;
  readonly arguments: JsonObject;
  readonly policyDigest: string;
  /** Digest over what the sequence did before; null where this is its first step. */
  readonly sequenceHead: string | null;
}

/**
 * What an approval is bound to: `sha256:…` of the canonical JSON (RFC 8785). It holds for one execution: the call moves
 * the head of its sequence, so nothing has this digest again.
 */
export const proposalDigest = ({ user, ...rest }: Proposal): string =>
  // Of a person the name alone: what else the identity provider says may change while somebody decides.
  digestOf({ ...rest, user: user === null ? null : { issuer: user.issuer, subject: user.subject } });

/** Step 7: where people decide. */
export interface Approvals {
  /**
   * Asks, and waits until the deadline.
   * @returns the id of the approval; undefined where nobody agreed to this digest in time
   */
  ask(proposal: Proposal, digest: string): Promise<string | undefined>;
}

/** Without the service nobody agrees to anything. */
export const nobody: Approvals = { ask: async () => undefined };
