import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, type JWTVerifyGetKey, SignJWT } from 'jose';

/** Somebody who signs tokens. */
export interface Issuer {
  readonly keys: JWTVerifyGetKey;
  readonly jwk: object;
  sign(claims: JWTPayload, header?: object): Promise<string>;
}

export const issuer = async (kid = 'key-1'): Promise<Issuer> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
  return {
    jwk,
    keys: createLocalJWKSet({ keys: [jwk] }),
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(privateKey),
  };
};

/** A token without a signature, or with one that nobody made. */
export const unsigned = (claims: object, header: object = { alg: 'none' }, signature = ''): string =>
  [...[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), signature].join('.');
