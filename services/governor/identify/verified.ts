import { hash } from 'node:crypto';

/** What was verified a moment ago is not verified again: the keys themselves are asked for much less often. */
export const VERIFIED_MILLISECONDS = 10_000;
/** Tokens that are remembered; the oldest goes first. */
const MOST = 1_000;

interface Verified {
  readonly subject: string;
  /** Milliseconds since 1970, both. */
  readonly from: number;
  readonly until: number;
}

/** Whom tokens named that were found valid. A token that was refused is not in here, nor is one at any other time. */
export class VerifiedTokens {
  private readonly known = new Map<string, Verified>();

  /** @param milliseconds for which a token is remembered @default 10,000 */
  constructor(private readonly milliseconds = VERIFIED_MILLISECONDS) {}

  /** The subject of a token that was verified lately and has not expired; undefined where it has to be verified. */
  subject(token: string, now: Date): string | undefined {
    const verified = this.known.get(digestOf(token));
    if (verified === undefined) return undefined;
    return verified.from <= now.getTime() && now.getTime() < verified.until ? verified.subject : undefined;
  }

  /** @param expires the token's own end, in seconds since 1970 */
  add(token: string, subject: string, expires: number, now: Date): void {
    const from = now.getTime();
    const digest = digestOf(token);
    this.known.delete(digest);
    this.known.set(digest, { subject, from, until: Math.min(expires * 1000, from + this.milliseconds) });
    const [oldest] = this.known.keys();
    if (this.known.size > MOST && oldest !== undefined) this.known.delete(oldest);
  }
}

/** Whoever reads the memory finds no token here. */
const digestOf = (token: string): string => hash('sha256', token);
