import { z } from 'zod';
import { text } from './_check';
import { type Signer, signerSchema } from './supply-chain';

/** A container image by digest. A tag alone does not compile and does not run. */
export type PinnedImage = `${string}@sha256:${string}`;

/** Makes {@link PinnedImage}s. */
export const Image = {
  pinned: <const R extends PinnedImage>(reference: R): R => reference,
} as const;

const REFERENCE = /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[a-f0-9]{64}$/;

/** A digest that a person typed: one character over and over, a short pattern repeated, or few characters in all. */
export const isPattern = (hex: string): boolean => {
  if (new Set(hex).size < 6) return true;
  for (let period = 1; period <= 16; period++)
    if (
      hex ===
      hex
        .slice(0, period)
        .repeat(Math.ceil(hex.length / period))
        .slice(0, hex.length)
    )
      return true;
  return false;
};

export const pinnedImageSchema = text(REFERENCE, {
  expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
  fix: 'resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
}).superRefine((value, ctx) => {
  const digest = value.split('@sha256:')[1] ?? '';
  if (digest.length === 64 && isPattern(digest))
    ctx.addIssue({
      code: 'custom',
      message: 'the digest of a real image, not a placeholder pattern',
      params: { fix: 'pin the digest the registry reports' },
    });
}) as unknown as z.ZodType<PinnedImage>;

/** The product's own images. */
export const PRODUCT_IMAGES = ['envoy', 'governor', 'approvals', 'warden', 'ledger', 'postgres'] as const;
export type ProductImage = (typeof PRODUCT_IMAGES)[number];

/** The lock file of the product's own images: what runs in `E-control` and as sidecar, by digest and signer. */
export interface ImageLock {
  readonly version: 1;
  /** Set while the digests are examples: everything synthesized from them says so and cannot be pulled. */
  readonly example?: boolean;
  readonly signer: Signer;
  readonly images: Readonly<Record<ProductImage, string>>;
}

/** Reads an {@link ImageLock} from the parsed lock file. */
export const ImageLock = {
  from: (lock: object): ImageLock => lock as ImageLock,
} as const;

export const imageLockSchema: z.ZodType<ImageLock> = z.strictObject({
  version: z.literal(1),
  example: z.boolean().optional(),
  signer: signerSchema,
  images: z.strictObject(
    Object.fromEntries(PRODUCT_IMAGES.map((image) => [image, pinnedImageSchema])) as Record<
      ProductImage,
      typeof pinnedImageSchema
    >,
  ),
}) as unknown as z.ZodType<ImageLock>;

/** The repository part of a reference: what a signature rule is scoped to. */
export const repositoryOf = (reference: string): string => reference.split('@')[0] ?? reference;
