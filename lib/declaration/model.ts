import { z } from 'zod';
import { list, made, text } from './_check';
import { type Auth, authSchema } from './auth';
import { type Endpoint, External, endpointSchema } from './endpoint';

/** A model served by somebody else, reached through the gateway, allowed by its exact names on the wire. */
export interface HostedModel {
  readonly kind: 'anthropic' | 'openai';
  readonly at: Endpoint;
  /** Names on the wire; aliases that a provider may move (`-latest`) are refused. */
  readonly names: readonly string[];
  readonly auth: Auth;
}
/** A model that agents may use. */
export type Model = HostedModel;

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

const wireName = text(/^(?!.*(^|[-:])latest$)[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, {
  expected: 'the exact name of one model, no wildcard and no moving alias such as -latest',
  fix: 'write the name as the provider documents it, such as claude-sonnet-4-5',
});

export const modelSchema: z.ZodType<Model> = made(
  z.strictObject({
    kind: z.enum(['anthropic', 'openai']),
    at: endpointSchema,
    names: list(wireName, { min: 1, max: 32 }, 'the exact names of models'),
    auth: authSchema,
  }),
  'a model',
  'HostedModel.anthropic({ names, auth }) or HostedModel.openai({ names, auth })',
);
