import { z } from 'zod';
import type { Passage } from './request';

const record = z.record(z.string(), z.unknown());
const text = z.strictObject({ type: z.literal('text'), text: z.string() });
/** Images and files come with the request; an address would make the provider fetch what the agent names. */
const part = z.discriminatedUnion('type', [
  text,
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({
      url: z.string().startsWith('data:', 'an image comes as a data: URL'),
      detail: z.string().optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('input_audio'),
    input_audio: z.strictObject({ data: z.string(), format: z.string() }),
  }),
  z.strictObject({
    type: z.literal('file'),
    file: z.strictObject({
      file_data: z.string().startsWith('data:', 'a file comes as a data: URL'),
      filename: z.string().optional(),
    }),
  }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);
const texts = z.union([z.string(), z.array(text)]);
const name = { name: z.string().optional() };
const toolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: texts, ...name }),
  z.strictObject({ role: z.literal('user'), content: z.union([z.string(), z.array(part)]), ...name }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(part)]).nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCall).optional(),
    ...name,
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content: texts }),
]);
const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string(),
    description: z.string().optional(),
    parameters: record.optional(),
    strict: z.boolean().nullish(),
  }),
});

/** https://platform.openai.com/docs/api-reference/chat/create: what is known of it, and nothing else. */
export const openaiRequest = z.strictObject({
  model: z.string(),
  messages: z.array(message),
  stream: z.boolean().nullish(),
  stream_options: record.nullish(),
  tools: z.array(tool).optional(),
  tool_choice: z.union([z.string(), record]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  n: z.literal(1).nullish(),
  max_tokens: z.int().nullish(),
  max_completion_tokens: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  logit_bias: record.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().nullish(),
  response_format: record.optional(),
  reasoning_effort: z.string().nullish(),
  verbosity: z.string().nullish(),
  seed: z.int().nullish(),
  user: z.string().optional(),
  safety_identifier: z.string().optional(),
  prompt_cache_key: z.string().optional(),
  service_tier: z.string().nullish(),
  /** Nothing is kept at the provider. */
  store: z.literal(false).nullish(),
});
type OpenaiRequest = z.infer<typeof openaiRequest>;

const textsOf = (content: string | readonly z.infer<typeof part>[] | null | undefined): string[] => {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [content];
  return content.flatMap((p) => (p.type === 'text' ? [p.text] : p.type === 'refusal' ? [p.refusal] : []));
};
const ZONES = { system: 'user', developer: 'user', user: 'user', assistant: 'model', tool: 'toolResult' } as const;

/** Every text in it, by whose it is. */
export const passagesOfOpenai = ({ messages }: OpenaiRequest): Passage[] =>
  messages.flatMap((m) => [
    ...textsOf(m.content).map((t): Passage => ({ zone: ZONES[m.role], text: t })),
    ...(m.role === 'assistant'
      ? (m.tool_calls ?? []).map((c): Passage => ({ zone: 'model', text: c.function.arguments }))
      : []),
  ]);
