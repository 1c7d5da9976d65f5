import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Denial } from '../denial';
import { postJson, type Trust } from './keys';

/** What is used of a TokenReview (authentication.k8s.io/v1). */
const answer = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    user: z.object({ username: z.string() }).optional(),
    audiences: z.array(z.string()).optional(),
  }),
});

export interface TokenReviewProps extends Trust {
  /** Of the API server's `tokenreviews`. */
  readonly url: string;
  readonly audience: string;
  /** How long a yes is good for. */
  readonly cacheSeconds: number;
}

/** Tokens that are remembered; the oldest goes first. */
const MOST = 10_000;
const SECOND = 1000;

/**
 * Asks the API server about a token whose signature is right: it also knows whether the pod that the token is bound to
 * is still there. A yes is remembered for seconds, a no never.
 */
export class TokenReview {
  private readonly known = new Map<string, { readonly subject: string; readonly until: number }>();

  constructor(
    private readonly props: TokenReviewProps,
    private readonly post: typeof postJson = postJson,
  ) {}

  /**
   * @returns the subject whom the API server knows by this token
   * @throws Denial when it knows nobody, or cannot be asked
   */
  async subject(token: string, now: Date): Promise<string> {
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.known.get(key);
    if (known !== undefined && now.getTime() < known.until) return known.subject;
    this.known.delete(key);
    const { status } = await this.ask(token);
    const { authenticated, user, audiences } = status;
    if (authenticated !== true || user === undefined || audiences?.includes(this.props.audience) !== true)
      throw new Denial('unidentified', 'the API server does not know this service-account token, or not any more');
    this.known.set(key, { subject: user.username, until: now.getTime() + this.props.cacheSeconds * SECOND });
    const [oldest] = this.known.keys();
    if (this.known.size > MOST && oldest !== undefined) this.known.delete(oldest);
    return user.username;
  }

  private async ask(token: string): Promise<z.infer<typeof answer>> {
    const { url, audience } = this.props;
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    };
    try {
      return answer.parse(await this.post(url, this.props, review));
    } catch {
      // Its message may quote the token.
      throw new Denial('unavailable', 'the API server cannot be asked about service-account tokens');
    }
  }
}
