import { Issuer } from '../../dev/identity';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import { providersOf } from '../../lib/declaration/people';

/** Somebody of a declared identity provider. */
export interface Person {
  /** Where there are several. */
  readonly provider?: string;
  readonly subject: string;
  readonly groups: readonly string[];
}

/** What is wrong with a token. */
export type Flaw = 'expired' | 'other-audience' | 'other-key';

/** Who asks at the front, with which token, under which host. */
export interface Asker {
  /** @default - nobody: there is no token */
  readonly person?: Person;
  readonly token?: Flaw;
  /** @default - the declared one */
  readonly host?: string;
}

const DISCOVERY = '.well-known/openid-configuration';
const KEYS = 'jwks';

/** Stands in for the identity providers of a twin: their keys, which nobody else trusts, are gone with the process. */
export class People {
  private readonly issuer = new Issuer('people-of-the-proof');
  private readonly stranger = new Issuer('people-of-the-proof');

  /** @param twin whose providers are where this puts their documents (twin.ts) */
  constructor(private readonly twin: EnvironmentDeclaration) {}

  /** What the providers publish, by path (OpenID Connect Discovery 1.0, RFC 7517). */
  async documents(): Promise<ReadonlyMap<string, string>> {
    const keys = JSON.stringify(await this.issuer.jwks());
    return new Map(
      providersOf(this.twin.users).flatMap(([, { issuer }]) => {
        const folder = `${new URL(issuer).pathname.replace(/^\/|\/$/g, '')}/`.replace(/^\/$/, '');
        return [
          [`${folder}${DISCOVERY}`, JSON.stringify({ issuer, jwks_uri: `${issuer}/${KEYS}` })],
          [`${folder}${KEYS}`, keys],
        ] as const;
      }),
    );
  }

  /** A token of a person. @param flaw @default - none */
  token({ provider, subject, groups }: Person, flaw?: Flaw): Promise<string> {
    const found = providersOf(this.twin.users).find(([name]) => name === provider);
    if (found === undefined) throw new Error(`${this.twin.name} has no identity provider ${provider}`);
    const [, { issuer, audience, groupsClaim }] = found;
    const to = { issuer, audience: flaw === 'other-audience' ? 'somebody-else' : audience, subject };
    const signer = flaw === 'other-key' ? this.stranger : this.issuer;
    return signer.sign({ [groupsClaim]: groups }, to, ...(flaw === 'expired' ? ['-1 hour'] : []));
  }
}
