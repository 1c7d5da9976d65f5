import { z } from 'zod';
import { Denial } from '../denial';
import { postJson, type Trust } from './keys';
import { VerifiedTokens } from './verified';

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

const SECOND = 1000;

/**
 * Asks the API server about a token whose signature is right: it also knows whether the pod that the token is bound to
 * is still there. A yes is remembered for seconds, a no never.
 */
export class TokenReview {
  private readonly known: VerifiedTokens;

  constructor(
    private readonly props: TokenReviewProps,
    private readonly post: typeof postJson = postJson,
  ) {
    this.known = new VerifiedTokens(props.cacheSeconds * SECOND);
  }

  /**
   * @returns the subject whom the API server knows by this token
   * @throws Denial when it knows nobody, or cannot be asked
   */
  async subject(token: string, now: Date): Promise<string> {
    const known = this.known.subject(token, now);
    if (known !== undefined) return known;
    const { status } = await this.ask(token);
    const { authenticated, user, audiences } = status;
    if (authenticated !== true || user === undefined || audiences?.includes(this.props.audience) !== true)
      throw new Denial('unidentified', 'the API server does not know this service-account token, or not any more');
    // It ends by its seconds: when the token itself does, its signature is no longer right.
    this.known.add(token, user.username, Number.POSITIVE_INFINITY, now);
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
