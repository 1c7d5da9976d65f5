import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import { type Headers, one } from '../parse/headers';
import { certificateName } from './certificate';
import { ALGORITHMS } from './keys';
import type { TokenReview } from './token-review';
import { VerifiedTokens } from './verified';

/** The sidecar's token, as the contract between gateway and governor names its header. */
const TOKEN_HEADER = 'x-firepit-token';

const unidentified = (what: string): Denial => new Denial('unidentified', what);

/** Whether the failure is the token's; else keys could not be had, and nobody can be told apart. */
const isBadToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);

/**
 * Who calls at the back. The certificate and the service-account token come by different ways, and both must name the
 * same agent: whoever stole one of them is nobody.
 */
export class AgentIdentity {
  private readonly byCertificate: ReadonlyMap<string, string>;
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly config: Pick<GovernorConfig, 'agents' | 'token'>,
    private readonly keys: JWTVerifyGetKey,
    /** Asked about tokens whose signature is right. @default - the signature is enough */
    private readonly review?: Pick<TokenReview, 'subject'>,
  ) {
    this.byCertificate = new Map(
      Object.entries(config.agents).map(([name, { certificateName: certificate }]) => [certificate, name]),
    );
  }

  async identify(headers: Headers, now: Date): Promise<string> {
    const agent = this.byCertificate.get(certificateName(headers));
    if (agent === undefined) throw unidentified('the certificate is not that of an agent');
    const token = one(headers, TOKEN_HEADER);
    if (token === undefined || token === '') throw unidentified('no service-account token');
    const subject = await this.subject(token, now);
    if (subject !== this.config.agents[agent]?.serviceAccount)
      throw unidentified('certificate and token name different agents');
    const known = this.review === undefined ? subject : await this.review.subject(token, now);
    if (known !== subject) throw unidentified('the API server knows the token by another name');
    return agent;
  }

  private async subject(token: string, now: Date): Promise<string | undefined> {
    const known = this.verified.subject(token, now);
    if (known !== undefined) return known;
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        audience: this.config.token.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: now,
      });
      const { sub, exp } = payload;
      if (sub !== undefined && exp !== undefined) this.verified.add(token, sub, exp, now);
      return sub;
    } catch (error) {
      if (isBadToken(error)) throw unidentified('the service-account token is not valid here and now');
      throw new Denial('unavailable', 'the keys of service-account tokens cannot be had');
    }
  }
}
