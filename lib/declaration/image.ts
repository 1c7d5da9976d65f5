import { z } from 'zod';
import { type Expectation, explained, made, says } from './_check';
import { type Signer, signerSchema } from './signer';

/** A container image by digest. A tag alone does not compile and does not run. */
export type PinnedImage = `${string}@sha256:${string}`;

/** Makes {@link PinnedImage}s. */
export const Image = {
  /** An image by its digest. @param reference registry, repository and digest, without a tag */
  pinned: <const R extends PinnedImage>(reference: R): R => reference,
} as const;

const REFERENCE =
  /^(?<registry>[a-z0-9][a-z0-9.-]*(:\d{1,5})?)(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:(?<digest>[a-f0-9]{64})$/;
/** SHA-256 of nothing: what a tool prints that read an empty file. */
const OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** So many digits, or half as many bytes, with one step between them do not happen by chance. */
const MAX_RUN = 12;

/** From each value to the next. */
const steps = (values: readonly number[], modulus: number): number[] =>
  values.slice(1).map((value, i) => (value - (values[i] ?? 0) + modulus) % modulus);
const isPeriodic = (values: readonly number[], period: number): boolean =>
  values.every((value, i) => i < period || value === values[i - period]);
const longestRun = (values: readonly number[]): number => {
  let [longest, run] = [1, 1];
  values.slice(1).forEach((value, i) => {
    run = value === values[i] ? run + 1 : 1;
    longest = Math.max(longest, run);
  });
  return longest;
};

/**
 * A digest that a person typed: few characters in all, a word repeated, a sequence up or down. A real digest is one
 * of these by chance less than once in 10^10.
 */
export const isPattern = (hex: string): boolean => {
  const digits = [...hex].map((c) => Number.parseInt(c, 16));
  const bytes = digits.flatMap((d, i) => (i % 2 === 0 ? [d * 16 + (digits[i + 1] ?? 0)] : []));
  const digitSteps = steps(digits, 16);
  // A word repeated has steps that repeat; so has a sequence of words, each some way after the one before.
  const periods = Array.from({ length: hex.length / 2 }, (_, i) => i + 1);
  return (
    hex === OF_NOTHING ||
    new Set(hex).size < 6 ||
    periods.some((period) => isPeriodic(digitSteps, period)) ||
    longestRun(digitSteps) >= MAX_RUN ||
    longestRun(steps(bytes, 256)) >= MAX_RUN / 2
  );
};

const IMAGE: Expectation = {
  expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
  fix: 'resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
};

const imageProblem = (value: string): Expectation | undefined => {
  const [repository = '', digest] = value.split('@sha256:');
  const tag = /:[A-Za-z0-9_][\w.-]*$/.exec(repository)?.[0];
  if (digest !== undefined && tag !== undefined && repository.includes('/'))
    return { ...IMAGE, fix: `leave the tag '${tag}' out: the digest alone says which image` };
  const parts = value.length > 500 ? undefined : REFERENCE.exec(value)?.groups;
  if (parts === undefined) return IMAGE;
  if (!/[.:]|^localhost$/.test(parts.registry ?? ''))
    return {
      ...IMAGE,
      fix: `name the registry: '${parts.registry}' would be looked up at whatever a node defaults to`,
    };
  return isPattern(parts.digest ?? '')
    ? { expected: 'the digest of a real image, not a placeholder pattern', fix: 'pin the digest the registry reports' }
    : undefined;
};

export const pinnedImageSchema = explained(z.string(), imageProblem, IMAGE) as unknown as z.ZodType<PinnedImage>;

/** The product's own images. */
export const PRODUCT_IMAGES = ['envoy', 'governor', 'approvals', 'warden', 'ledger', 'postgres'] as const;
export type ProductImage = (typeof PRODUCT_IMAGES)[number];

/** The lock file of the product's own images: what runs in `E-control` and as sidecar, by digest and signer. */
export interface ImageLock {
  readonly version: 1;
  /** Set while the digests are examples: everything synthesized from them says so and cannot be pulled. */
  readonly example?: boolean;
  readonly signer: Signer;
  readonly images: Readonly<Record<ProductImage, string>> & {
    /** OpenSSF model signing, for models whose files are verified in their pod. @default - no such model */
    readonly modelVerifier?: string;
  };
}

/** Reads an {@link ImageLock} from the parsed lock file. */
export const ImageLock = {
  /** The images of a release. @param lock its lock file, as JSON */
  from: (lock: object): ImageLock => lock as ImageLock,
} as const;

export const imageLockSchema: z.ZodType<ImageLock> = made(
  z.strictObject({
    version: z.literal(1),
    example: z.boolean().optional(),
    signer: signerSchema,
    images: says(
      z.strictObject({
        ...(Object.fromEntries(PRODUCT_IMAGES.map((image) => [image, pinnedImageSchema])) as Record<
          ProductImage,
          typeof pinnedImageSchema
        >),
        modelVerifier: pinnedImageSchema.optional(),
      }),
      { expected: `the images ${PRODUCT_IMAGES.join(', ')}`, fix: 'use the lock file of the release' },
    ),
  }) as unknown as z.ZodType<ImageLock>,
  "the lock file of the product's own images",
  'ImageLock.from(lock)',
);

/** The repository part of a reference: what a signature rule is scoped to. */
export const repositoryOf = (reference: string): string => reference.split('@')[0] ?? reference;
