import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';

const ALGORITHM = 'ES256';
/** Who tokens are for: the name that Fulcio's clients have. */
export const AUDIENCE = 'sigstore';

/** An issuer of identities: what OpenID Connect's discovery finds of it is files. */
export class Issuer {
  private constructor(
    readonly url: string,
    private readonly key: KeyObject,
  ) {}

  /** @param folder that is served under `url` */
  static async in(folder: string, url: string): Promise<Issuer> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const write = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value));
    mkdirSync(join(folder, '.well-known'), { recursive: true });
    write('.well-known/openid-configuration', {
      issuer: url,
      jwks_uri: `${url}/keys`,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
    });
    write('keys', { keys: [{ ...(await exportJWK(publicKey)), alg: ALGORITHM, use: 'sig', kid: 'one' }] });
    return new Issuer(url, privateKey);
  }

  /** A token of somebody with this address, for ten minutes. */
  token(email: string): Promise<string> {
    return new SignJWT({ email, email_verified: true })
      .setProtectedHeader({ alg: ALGORITHM, kid: 'one' })
      .setIssuer(this.url)
      .setAudience(AUDIENCE)
      .setSubject(email)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(this.key);
  }
}
