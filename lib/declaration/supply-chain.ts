import { z } from 'zod';
import { list, made, says, text } from './_check';
import { type Attestation, attestationSchema } from './attestation';
import { type Signer, signerSchema } from './signer';

/** What must be true of images: who signed them, and what the same signer attests. */
export interface Trust {
  readonly signer: Signer;
  /** Each must be there, of this kind and signed by {@link Trust.signer}. @default - none */
  readonly attested?: readonly Attestation[];
}

/** What must be true of the images of agents and of models of one's own. */
export interface SupplyChain extends Trust {
  readonly kind: 'signedBy';
  /** Repositories with another trust, whole: nothing is taken from the first one. @default - none */
  readonly repositories?: Readonly<Record<string, Trust>>;
}

/** Makes {@link SupplyChain}s. */
export const SupplyChain = {
  /**
   * Images that named signers signed.
   * @param signer who signed every image whose repository is not listed
   * @param props.attested what that signer attests of them
   * @param props.repositories other signers: `{ 'registry.example.com/models/qwen': { signer } }`
   */
  signedBy: (signer: Signer, props: Omit<Trust & SupplyChain, 'kind' | 'signer'> = {}): SupplyChain => ({
    ...props,
    kind: 'signedBy',
    signer,
  }),
} as const;

const attested = list(attestationSchema, { min: 1, max: 8 }, 'attestations').optional();
const trust = says(z.strictObject({ signer: signerSchema, attested }), {
  expected: 'the trust of a repository',
  fix: 'write { signer: Signer.key(pem) }',
});
const repository = text(/^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/, {
  expected: 'a repository with its registry, without tag, digest or wildcard',
  fix: 'write it as registry.example.com/models/qwen',
});

export const supplyChainSchema: z.ZodType<SupplyChain> = made(
  z.strictObject({
    kind: z.literal('signedBy'),
    signer: signerSchema,
    attested,
    repositories: says(z.record(repository, trust), {
      expected: 'trust by repository',
      fix: "write { 'registry.example.com/models/qwen': { signer: Signer.key(pem) } }",
    }).optional(),
  }) as unknown as z.ZodType<SupplyChain>,
  'what is true of the images of agents',
  'SupplyChain.signedBy(Signer.keyless({ issuer, subject }))',
);

/** The trust of an image's repository. */
export const trustOf = (chain: SupplyChain, repository: string): Trust =>
  Object.entries(chain.repositories ?? {}).find(([key]) => key === repository)?.[1] ?? chain;
