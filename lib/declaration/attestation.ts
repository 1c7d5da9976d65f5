import { z } from 'zod';
import { made, text } from './_check';

/** A signed statement about an image, beside its signature: who built it, what it is made of. */
export type Attestation =
  | { readonly kind: 'slsaProvenance'; readonly builder: string }
  | { readonly kind: 'sbom'; readonly format: 'spdx' | 'cyclonedx' };

/** Makes {@link Attestation}s. */
export const Attestation = {
  /**
   * SLSA provenance v1 by one builder (https://slsa.dev/spec/v1.0/provenance).
   * @param props.builder exactly what stands in `runDetails.builder.id`
   */
  slsaProvenance: (props: { readonly builder: string }): Attestation => ({ ...props, kind: 'slsaProvenance' }),
  /** A bill of materials. */
  sbom: (format: 'spdx' | 'cyclonedx'): Attestation => ({ kind: 'sbom', format }),
} as const;

export const attestationSchema: z.ZodType<Attestation> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('slsaProvenance'),
      builder: text(/^https:\/\/[^*\s'"\\]{3,512}$/, {
        expected: 'the exact id of a builder, an https URL without wildcard',
        fix: 'copy runDetails.builder.id of the provenance',
      }),
    }),
    z.strictObject({ kind: z.literal('sbom'), format: z.enum(['spdx', 'cyclonedx']) }),
  ]),
  'an attestation',
  "Attestation.slsaProvenance({ builder }) or Attestation.sbom('spdx')",
);
