import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import { type Headers, one } from '../parse/headers';
import { ALGORITHMS, fetchJson, remoteKeys, type Trust } from './keys';

/** A person, as the identity provider names them. */
export interface User {
  readonly issuer: string;
  readonly subject: string;
  /** As policies name them: after their provider, where there are several. */
  readonly groups: readonly string[];
  /** What policies know the person by. @default - the subject: there is one provider */
  readonly name?: string;
}

/** What is used of OpenID Connect Discovery 1.0. */
const discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https$/ }) });

type Users = GovernorConfig['users'];
type Provider = Omit<Users, 'others'>;
type Fetch = (url: string, trust: Trust) => Promise<unknown>;

const unidentified = (what: string): Denial => new Denial('unidentified', what);
const GROUP_LIMIT = 1000;

/** Finds the keys of an issuer. An issuer that calls itself otherwise is another one. */
export async function discover(users: Provider, fetch: Fetch = fetchJson): Promise<JWTVerifyGetKey> {
  const trust = users.ca === undefined ? {} : { ca: users.ca };
  const found = discovery.parse(
    await fetch(`${users.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, trust),
  );
  if (found.issuer !== users.issuer) throw new Error(`the issuer calls itself ${found.issuer}, not ${users.issuer}`);
  return remoteKeys(found.jwks_uri, trust);
}

/** Who asks at the front: the token of a declared issuer, for the audience declared with it. */
export class UserIdentity {
  private readonly first: ProviderIdentity;
  private readonly byIssuer: ReadonlyMap<string, ProviderIdentity>;

  constructor({ others = [], ...first }: Users, find: (provider: Provider) => Promise<JWTVerifyGetKey> = discover) {
    const all = [first, ...others].map(
      (provider) => [provider.issuer, new ProviderIdentity(provider, () => find(provider))] as const,
    );
    this.byIssuer = new Map(all);
    this.first = (all[0] as (typeof all)[0])[1];
  }

  async identify(headers: Headers, now: Date): Promise<User> {
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(one(headers, 'authorization') ?? '')?.[1];
    if (token === undefined) throw unidentified('no bearer token');
    return this.providerOf(token).identify(token, now);
  }

  /** The one whose keys the token is held against; that its claim of an issuer is true, only these keys can show. */
  private providerOf(token: string): ProviderIdentity {
    if (this.byIssuer.size === 1) return this.first;
    const provider = this.byIssuer.get(issuerOf(token));
    if (provider === undefined) throw unidentified('the token is of no declared identity provider');
    return provider;
  }
}

/** What an unverified token says of its issuer. */
const issuerOf = (token: string): string => {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw unidentified('the token is not one');
  }
};

/** The people of one provider. */
class ProviderIdentity {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(
    private readonly users: Provider,
    private readonly find: () => Promise<JWTVerifyGetKey>,
  ) {}

  async identify(token: string, now: Date): Promise<User> {
    const keys = await this.issuerKeys();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: this.users.issuer,
        audience: this.users.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: now,
      });
      return {
        issuer: this.users.issuer,
        subject: payload.sub ?? '',
        groups: this.groups(payload[this.users.groupsClaim]).map((group) => this.named(group)),
        ...(this.users.name === undefined ? {} : { name: this.named(payload.sub ?? '') }),
      };
    } catch (error) {
      if (error instanceof Denial) throw error;
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout))
        throw unidentified('the token is not valid here and now');
      throw new Denial('unavailable', "the identity provider's keys cannot be had");
    }
  }

  /** No name of a provider has a slash, so that what is before the first one says whose the rest is. */
  private named(name: string): string {
    return this.users.name === undefined ? name : `${this.users.name}/${name}`;
  }

  /** Once found they stay; until then each request tries again. */
  private async issuerKeys(): Promise<JWTVerifyGetKey> {
    this.keys ??= this.find();
    try {
      return await this.keys;
    } catch {
      this.keys = undefined;
      throw new Denial('unavailable', 'the identity provider cannot be asked');
    }
  }

  private groups(claim: unknown): readonly string[] {
    if (claim === undefined) return [];
    if (!Array.isArray(claim) || claim.length > GROUP_LIMIT || claim.some((group) => typeof group !== 'string'))
      throw unidentified(`the claim ${this.users.groupsClaim} is not a list of group names`);
    return claim as string[];
  }
}
