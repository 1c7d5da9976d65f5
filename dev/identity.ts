import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';
import type { Leaf } from './pki';
import { json, StandIn } from './stand-in';
import type { Person } from './steps';

const ALGORITHM = 'ES256';
/** Longer than anybody leaves it running; a cluster renews its tokens every hour. */
const LIFETIME = '24h';

/** Signs tokens of one kind. */
export class Issuer {
  private readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  constructor(private readonly id: string) {
    this.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: [{ ...(await exportJWK(this.keys.publicKey)), alg: ALGORITHM, kid: this.id, use: 'sig' }] };
  }

  /** @param expires from now, as jose reads it @default '24h' */
  sign(
    claims: Record<string, unknown>,
    to: { issuer: string; audience: string; subject: string },
    expires = LIFETIME,
  ): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.id })
      .setIssuer(to.issuer)
      .setAudience(to.audience)
      .setSubject(to.subject)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(this.keys.privateKey);
  }
}

/** Stands in for the identity provider of people, and for the API server that issues tokens of service accounts. */
export class IdentityProvider {
  private readonly people = new Issuer('people');
  private readonly accounts = new Issuer('accounts');
  private readonly server: StandIn;
  private jwks: Readonly<Record<string, unknown>> = {};

  /** @param identity a certificate for `localhost` */
  constructor(identity: Leaf) {
    this.server = new StandIn(identity, [
      ({ path }) => {
        if (path === '/.well-known/openid-configuration')
          return json({ issuer: this.issuer, jwks_uri: `${this.issuer}/people/jwks` });
        const keys = this.jwks[path];
        return keys === undefined ? undefined : json(keys);
      },
    ]);
  }

  get issuer(): string {
    return `https://localhost:${this.server.port}`;
  }
  /** Where keys of service-account tokens are, as at an API server. */
  get accountKeys(): string {
    return `${this.issuer}/openid/v1/jwks`;
  }

  async listen(): Promise<void> {
    this.jwks = { '/people/jwks': await this.people.jwks(), '/openid/v1/jwks': await this.accounts.jwks() };
    await this.server.listen();
  }

  /** @param users as the environment declares them */
  person({ subject, groups }: Person, users: { audience: string; groupsClaim: string }): Promise<string> {
    return this.people.sign(
      { [users.groupsClaim]: groups },
      { issuer: this.issuer, audience: users.audience, subject },
    );
  }

  account(subject: string, audience: string): Promise<string> {
    return this.accounts.sign({}, { issuer: this.issuer, audience, subject });
  }

  close(): void {
    this.server.close();
  }
}
