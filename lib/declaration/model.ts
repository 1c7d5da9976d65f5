import { z } from 'zod';
import { list, made } from './_check';
import { type Auth, authSchema, NoAuth } from './auth';
import { type Endpoint, External, endpointSchema } from './endpoint';
import { wireName } from './model-name';
import { type SelfHostedModel, selfHostedModelSchema } from './self-hosted-model';

/** A model served by somebody else, reached through the gateway, allowed by its exact names on the wire. */
export interface HostedModel {
  readonly kind: 'anthropic' | 'openai';
  readonly at: Endpoint;
  /** Names on the wire; aliases that a provider may move (`-latest`) are refused. */
  readonly names: readonly string[];
  readonly auth: Auth;
}
/** A model that agents may use. */
export type Model = HostedModel | SelfHostedModel;

interface HostedModelProps {
  readonly names: readonly string[];
  readonly auth: Auth;
  /** @default - the provider's public address */
  readonly at?: Endpoint;
}

/** Makes {@link HostedModel}s. */
export const HostedModel = {
  /** A model behind the Anthropic messages API. */
  anthropic: (props: HostedModelProps): HostedModel => ({
    ...props,
    kind: 'anthropic',
    at: props.at ?? External.host('api.anthropic.com'),
  }),
  /** A model behind the OpenAI chat-completions API, or a server that speaks it. */
  openai: (props: HostedModelProps): HostedModel => ({
    ...props,
    kind: 'openai',
    at: props.at ?? External.host('api.openai.com'),
  }),
} as const;

export const modelSchema: z.ZodType<Model> = made(
  z.discriminatedUnion('kind', [
    ...(['anthropic', 'openai'] as const).map((kind) =>
      z.strictObject({
        kind: z.literal(kind),
        at: endpointSchema,
        names: list(wireName, { min: 1, max: 32 }, 'the exact names of models'),
        auth: authSchema,
      }),
    ),
    selfHostedModelSchema,
  ] as never) as unknown as z.ZodType<Model>,
  'a model',
  'HostedModel.anthropic({ names, auth }), HostedModel.openai({ names, auth }) or SelfHostedModel.oci({ names, artifact, server })',
);

/** The API that a model speaks. */
export const protocolOf = (model: Model): HostedModel['kind'] => (model.kind === 'selfHosted' ? 'openai' : model.kind);

/** How the gateway authenticates to a model: to one's own by its certificate alone. */
export const authOf = (model: Model): Auth =>
  model.kind === 'selfHosted' ? NoAuth.because('it knows the gateway by its certificate') : model.auth;

/** Models of one's own, by name. */
export const ownModels = (models: Readonly<Record<string, Model>>): [name: string, model: SelfHostedModel][] =>
  Object.entries(models).flatMap(([name, model]) => (model.kind === 'selfHosted' ? [[name, model]] : []));
