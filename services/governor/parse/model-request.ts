import type { z } from 'zod';
import { Denial } from '../denial';
import { anthropicRequest, passagesOfAnthropic } from './anthropic-request';
import type { Json } from './json';
import { openaiRequest, passagesOfOpenai } from './openai-request';
import type { Passage } from './request';

export type ModelProtocol = 'anthropic' | 'openai';

/** What a request to a model says, as far as it is judged. */
export interface ModelRequest {
  /** The model's name on the wire. */
  readonly name: string;
  readonly stream: boolean;
  readonly passages: readonly Passage[];
}

/** Paths below a model's prefix, by protocol. */
export const MODEL_PATHS: Readonly<Record<ModelProtocol, readonly string[]>> = {
  anthropic: ['/v1/messages', '/v1/messages/count_tokens'],
  openai: ['/v1/chat/completions'],
};

const checked = <T>(schema: z.ZodType<T>, body: Json): T => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  // The name of an unknown key is the sender's own text.
  const what = issue?.code === 'unrecognized_keys' ? 'a key that is not known' : issue?.message;
  throw new Denial(
    'malformed-message',
    `${issue?.path.join('.') || 'the body'}: ${what ?? 'not of the protocol'}; only what runs at the model itself is let through`,
  );
};

/** A request for a completion; what the provider would do on its own (fetch, search, run, connect) has no place in it. */
export function parseModelRequest(protocol: ModelProtocol, body: Json): ModelRequest {
  if (protocol === 'anthropic') {
    const request = checked(anthropicRequest, body);
    return { name: request.model, stream: request.stream === true, passages: passagesOfAnthropic(request) };
  }
  const request = checked(openaiRequest, body);
  return { name: request.model, stream: request.stream === true, passages: passagesOfOpenai(request) };
}
