import { z } from 'zod';
import { checked, explained, list, made, says, text, whole } from './_check';
import { type Behaviour, type Health, type Isolation, type Resources, serverShape } from './agent';
import { type PinnedImage, pinnedImageSchema } from './image';
import { wireName } from './model-name';
import { type Signer, signerSchema } from './signer';

/** A device that a model server needs, as its node offers it. */
export interface Accelerator {
  /** @example 'nvidia.com/gpu' */
  readonly resource: string;
  readonly count: number;
}

/** The program that serves a model of one's own over the OpenAI chat-completions API. It reaches nothing. */
export interface ModelServer {
  readonly image: PinnedImage;
  readonly isolation: Isolation;
  readonly behaviour: Behaviour;
  /** Asked through the sidecar, or by a command. */
  readonly health: Health;
  /** @default - as the image says */
  readonly command?: readonly string[];
  /** @default - as the image says */
  readonly args?: readonly string[];
  /** Port on 127.0.0.1 where it serves. @default 8000 */
  readonly port?: number;
  /** Configuration that is no secret. @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly replicas?: number;
  readonly resources: Resources;
  /** @default - none */
  readonly accelerator?: Accelerator;
}

/** How a model's bytes are known to be the right ones, beside the signature of its artefact. */
export type ModelIntegrity =
  | { readonly kind: 'artifact' }
  | { readonly kind: 'files'; readonly signer: Signer; readonly signature: string };

/** A model of one's own: an OCI artefact by digest, served by a pod that only the gateway reaches. */
export interface SelfHostedModel {
  readonly kind: 'selfHosted';
  /** Names on the wire, as the server serves them. */
  readonly names: readonly string[];
  /** Mounted read-only at {@link SelfHostedModel.path}; signed as `supplyChain` says of its repository. */
  readonly artifact: PinnedImage;
  readonly integrity: ModelIntegrity;
  /** Where the server finds the model. */
  readonly path: string;
  readonly server: ModelServer;
}

interface SelfHostedProps {
  readonly names: readonly string[];
  readonly artifact: PinnedImage;
  readonly server: ModelServer;
  /** @default '/models' */
  readonly path?: string;
}

/** Makes {@link SelfHostedModel}s. */
export const SelfHostedModel = {
  /** A model that its artefact's signature vouches for. */
  oci: (props: SelfHostedProps): SelfHostedModel => ({
    ...props,
    kind: 'selfHosted',
    path: props.path ?? '/models',
    integrity: { kind: 'artifact' },
  }),
  /**
   * A model whose files carry an OpenSSF model signature as well, checked in the pod before the server starts.
   * `signer` is a Signer.key: the other ways of model signing need a network, or accept any certificate of an authority.
   * `signature` is the signature's path inside the artefact, `model.sig` where none is given.
   */
  files: ({
    signer,
    signature,
    ...props
  }: SelfHostedProps & { readonly signer: Signer; readonly signature?: string }): SelfHostedModel => ({
    ...props,
    kind: 'selfHosted',
    path: props.path ?? '/models',
    integrity: { kind: 'files', signer, signature: signature ?? 'model.sig' },
  }),
} as const;

const word = checked(z.string(), (value) => value.length > 0 && value.length <= 4096 && !/\p{Cc}/u.test(value), {
  expected: 'a word of a command, of 1 to 4096 characters',
  fix: 'write the command as a list of words',
});
const words = (what: string) => list(word, { max: 64 }, what).optional();

const ENDLESS = {
  expected: 'a health check: a server does not end by itself',
  fix: "write Health.http('/health')",
};
const server = says(
  z.strictObject({
    ...serverShape,
    health: explained(
      serverShape.health,
      (health) => ((health as Health).kind === 'exits' ? ENDLESS : undefined),
      ENDLESS,
    ),
    command: words('the program and its arguments'),
    args: words('arguments'),
    replicas: whole(0, 100).optional(),
    accelerator: says(
      z.strictObject({
        resource: text(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, {
          expected: 'the name of an extended resource',
          fix: "write it as 'nvidia.com/gpu'",
        }),
        count: whole(1, 64),
      }),
      { expected: 'a device', fix: "write { resource: 'nvidia.com/gpu', count: 1 }" },
    ).optional(),
  }),
  { expected: 'the server of a model', fix: 'write { image, isolation, behaviour, health, resources }' },
);

const KEY = {
  expected: 'a signer by key: model signing needs a network for an identity, and takes any certificate of an authority',
  fix: 'sign with `model_signing sign key` and write Signer.key(pem)',
};

export const selfHostedModelSchema = z.strictObject({
  kind: z.literal('selfHosted'),
  names: list(wireName, { min: 1, max: 32 }, 'the exact names of models'),
  artifact: pinnedImageSchema,
  path: text(
    /^\/(?!(proc|sys|dev|etc|var|run|usr|lib|bin|sbin)(\/|$))[a-z0-9][a-z0-9._-]{0,62}(\/[a-z0-9][a-z0-9._-]{0,62}){0,4}$/,
    {
      expected: 'an absolute path for the model, apart from the directories of the system',
      fix: "write '/models'",
    },
  ),
  integrity: made(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('artifact') }),
      z.strictObject({
        kind: z.literal('files'),
        signer: explained(signerSchema, (signer) => (signer.kind === 'key' ? undefined : KEY), KEY),
        signature: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,4}$/, {
          expected: 'a path inside the artefact',
          fix: "write 'model.sig'",
        }),
      }),
    ]),
    'how the model is verified',
    'SelfHostedModel.oci({ … }) or SelfHostedModel.files({ …, signer })',
  ),
  server,
});
