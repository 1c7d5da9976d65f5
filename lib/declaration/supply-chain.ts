import { z } from 'zod';
import { made, text } from './_check';
import { httpsUrl } from './host';

/** Who signs. */
export type Signer =
  | { readonly kind: 'keyless'; readonly issuer: string; readonly subject: string; readonly rekorUrl: string }
  | { readonly kind: 'key'; readonly publicKey: string };

/** Makes {@link Signer}s. */
export const Signer = {
  /**
   * A workload identity through Fulcio.
   * @param props.subject the exact subject, such as a workflow file at a tag
   * @param props.rekorUrl @default 'https://rekor.sigstore.dev'
   */
  keyless: (props: { readonly issuer: string; readonly subject: string; readonly rekorUrl?: string }): Signer => ({
    ...props,
    kind: 'keyless',
    rekorUrl: props.rekorUrl ?? 'https://rekor.sigstore.dev',
  }),
  /** A public key in PEM, without transparency log: works offline. */
  key: (publicKey: string): Signer => ({ kind: 'key', publicKey }),
} as const;

/** What must be true of an agent's images. */
export interface SupplyChain {
  readonly kind: 'signedBy';
  readonly signer: Signer;
}

/** Makes {@link SupplyChain}s. */
export const SupplyChain = {
  signedBy: (signer: Signer): SupplyChain => ({ kind: 'signedBy', signer }),
} as const;

export const signerSchema: z.ZodType<Signer> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('keyless'),
      issuer: httpsUrl,
      subject: text(/^[^*\s]{3,512}$/, {
        expected: 'one exact subject, no wildcard',
        fix: 'write the subject as the certificate carries it',
      }),
      rekorUrl: httpsUrl,
    }),
    z.strictObject({
      kind: z.literal('key'),
      publicKey: text(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?$/, {
        expected: 'a public key in PEM',
        fix: 'paste the contents of cosign.pub; a private key has no place here',
      }),
    }),
  ]),
  'a signer',
  'Signer.keyless({ issuer, subject }) or Signer.key(pem)',
);

export const supplyChainSchema: z.ZodType<SupplyChain> = made(
  z.strictObject({ kind: z.literal('signedBy'), signer: signerSchema }),
  'what is true of the images of agents',
  'SupplyChain.signedBy(Signer.keyless({ issuer, subject }))',
);
