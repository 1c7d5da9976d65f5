import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { checked, type Expectation, explained, made, text } from './_check';
import { httpsUrl } from './host';

/** Who signs. */
export type Signer =
  | { readonly kind: 'keyless'; readonly issuer: string; readonly subject: string; readonly rekorUrl: string }
  | { readonly kind: 'key'; readonly publicKey: string }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly chain: string }
  | PrivateSigstore;

/** A workload identity of a Sigstore that an organisation runs for itself. */
export interface PrivateSigstore {
  readonly kind: 'privateSigstore';
  readonly issuer: string;
  readonly subject: string;
  readonly rekorUrl: string;
  readonly tufMirror: string;
  readonly tufRoot: string;
  readonly trustedRoot: string;
}

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
  /**
   * One certificate of an authority of one's own, without transparency log: works offline. Another certificate of the
   * same authority is another signer.
   * @param props.certificate in PEM
   * @param props.chain in PEM: who issued it first, the root last; at most 10
   */
  certificate: (props: { readonly certificate: string; readonly chain: string }): Signer => ({
    ...props,
    kind: 'certificate',
  }),
  /**
   * A workload identity through a Fulcio and Rekor of one's own.
   * @param props.tufMirror where Kyverno finds the TUF repository of that Sigstore
   * @param props.tufRoot text of its root.json
   * @param props.trustedRoot text of its trusted_root.json, pinned: at least an authority, a log and a log of certificates
   */
  privateSigstore: (props: Omit<PrivateSigstore, 'kind'>): Signer => ({ ...props, kind: 'privateSigstore' }),
} as const;

/** More certificates than this, and Kyverno 1.19 refuses a chain (maxIntermediateCerts of its verifier). */
const MAX_CHAIN = 10;
/** Pinned twice in admission, whose expressions have a limit of 100,000 characters. */
const MAX_DOCUMENT = 32_768;
const PEM = /-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?/g;

/** Certificates of a text in PEM; undefined where it holds anything else. */
const certificates = (pem: string): readonly X509Certificate[] | undefined => {
  const blocks = pem.match(PEM) ?? [];
  if (blocks.length === 0 || blocks.join('') !== pem) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
};

/** Extended key usage of code signing: what the verifier asks of a certificate that limits its use at all. */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const ONE: Expectation = {
  expected: 'one certificate in PEM',
  fix: 'paste the certificate of the signer; a private key has no place here',
};
const certificate = explained(
  z.string(),
  (pem) => {
    const [own, ...more] = certificates(pem) ?? [];
    if (own === undefined || more.length > 0) return ONE;
    return own.keyUsage === undefined || own.keyUsage.includes(CODE_SIGNING)
      ? undefined
      : {
          expected: 'one certificate in PEM that may sign code',
          fix: 'have it issued with the extended key usage codeSigning',
        };
  },
  ONE,
);
const CHAIN: Expectation = {
  expected: `1 to ${MAX_CHAIN} certificates in PEM: who issued it first, the root last`,
  fix: 'paste the certificates of the authority',
};
const isChain = (pem: string): boolean => {
  const all = certificates(pem) ?? [];
  return all.length > 0 && all.length <= MAX_CHAIN && all.every((c, i) => c.checkIssued(all[i + 1] ?? c));
};
const chain = checked(z.string(), isChain, CHAIN);

const subject = text(/^[^*\s]{3,512}$/, {
  expected: 'one exact subject, no wildcard',
  fix: 'write the subject as the certificate carries it',
});

/** The text of a JSON document. @param holds whether it is what it must be. @param what that is */
const document = (name: string, what: string, holds: (value: object) => boolean): z.ZodType<string> => {
  const expected = `the text of a ${name} with ${what}, at most ${MAX_DOCUMENT} characters`;
  return checked(
    z.string(),
    (value) => {
      if (value.length > MAX_DOCUMENT) return false;
      try {
        const parsed: unknown = JSON.parse(value);
        return typeof parsed === 'object' && parsed !== null && holds(parsed);
      } catch {
        return false;
      }
    },
    { expected, fix: `paste ${name}` },
  );
};
const tufRoot = document('root.json', 'what is signed', (value) => Object.hasOwn(value, 'signed'));
/** What every signature is verified by: with any of them missing, none would pass. */
const VERIFIED_BY = ['certificateAuthorities', 'tlogs', 'ctlogs'];
const trustedRoot = document('trusted_root.json', VERIFIED_BY.join(', '), (value) =>
  VERIFIED_BY.every((key) => {
    const found = Object.entries(value).find(([name]) => name === key)?.[1];
    return Array.isArray(found) && found.length > 0;
  }),
);

const issuedByChain = z.strictObject({ kind: z.literal('certificate'), certificate, chain });

export const signerSchema: z.ZodType<Signer> = made(
  explained(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('keyless'), issuer: httpsUrl, subject, rekorUrl: httpsUrl }),
      z.strictObject({
        kind: z.literal('key'),
        publicKey: text(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?$/, {
          expected: 'a public key in PEM',
          fix: 'paste the contents of cosign.pub; a private key has no place here',
        }),
      }),
      issuedByChain,
      z.strictObject({
        kind: z.literal('privateSigstore'),
        issuer: httpsUrl,
        subject,
        rekorUrl: httpsUrl,
        tufMirror: httpsUrl,
        tufRoot,
        trustedRoot,
      }),
    ]) as unknown as z.ZodType<Signer>,
    (signer) => {
      if (signer.kind !== 'certificate' || !isChain(signer.chain)) return undefined;
      const [own] = certificates(signer.certificate) ?? [];
      const [issuer] = certificates(signer.chain) ?? [];
      return own === undefined || issuer === undefined || own.checkIssued(issuer)
        ? undefined
        : { expected: 'a chain whose first certificate issued the certificate', fix: CHAIN.fix };
    },
    { expected: 'a signer', fix: 'write Signer.key(pem)' },
  ),
  'a signer',
  'Signer.keyless({ issuer, subject }), Signer.key(pem), Signer.certificate({ certificate, chain }) or Signer.privateSigstore({ … })',
);
