import { z } from 'zod';
import type { Passage } from './request';

const record = z.record(z.string(), z.unknown());
const cached = { cache_control: record.nullish() };
const text = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  citations: z.array(record).nullish(),
  ...cached,
});
/** No `url` and no `file`: the provider would fetch what the agent names. */
const inline = z.strictObject({ type: z.literal('base64'), media_type: z.string(), data: z.string() });
const image = z.strictObject({ type: z.literal('image'), source: inline, ...cached });
const document = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    inline,
    z.strictObject({ type: z.literal('text'), media_type: z.string(), data: z.string() }),
    z.strictObject({ type: z.literal('content'), content: z.union([z.string(), z.array(z.union([text, image]))]) }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: record.nullish(),
  ...cached,
});
const block = z.discriminatedUnion('type', [
  text,
  image,
  document,
  z.strictObject({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: record, ...cached }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, image, document]))]).optional(),
    is_error: z.boolean().optional(),
    ...cached,
  }),
  z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() }),
]);
/** Tools that the agent runs. Those of the provider (search, code, MCP connectors) have a type of their own. */
const tool = z.strictObject({
  type: z.literal('custom').nullish(),
  name: z.string(),
  description: z.string().optional(),
  input_schema: record,
  input_examples: z.array(record).optional(),
  strict: z.boolean().optional(),
  ...cached,
});

/** https://docs.anthropic.com/en/api/messages: what is known of it, and nothing else. */
export const anthropicRequest = z.strictObject({
  model: z.string(),
  messages: z.array(
    z.strictObject({ role: z.enum(['user', 'assistant']), content: z.union([z.string(), z.array(block)]) }),
  ),
  max_tokens: z.int().min(1).optional(),
  system: z.union([z.string(), z.array(text)]).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().optional(),
  top_k: z.int().optional(),
  top_p: z.number().optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(tool).optional(),
  tool_choice: record.optional(),
  thinking: record.optional(),
  output_config: record.optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
});
type AnthropicRequest = z.infer<typeof anthropicRequest>;
type Block = z.infer<typeof block>;

const documentText = ({ source, title, context }: z.infer<typeof document>): string[] => [
  ...(title ? [title] : []),
  ...(context ? [context] : []),
  ...(source.type === 'text' ? [source.data] : []),
  ...(source.type === 'content'
    ? typeof source.content === 'string'
      ? [source.content]
      : source.content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
    : []),
];

const resultText = (content: Extract<Block, { type: 'tool_result' }>['content']): string[] => {
  if (content === undefined) return [];
  if (typeof content === 'string') return [content];
  return content.flatMap((part) => {
    if (part.type === 'text') return [part.text];
    return part.type === 'document' ? documentText(part) : [];
  });
};

const passagesOf = (role: 'user' | 'assistant', part: Block): Passage[] => {
  const zone = role === 'user' ? 'user' : 'model';
  switch (part.type) {
    case 'text':
      return [{ zone, text: part.text }];
    case 'document':
      return documentText(part).map((t) => ({ zone, text: t }));
    case 'tool_result':
      return resultText(part.content).map((t) => ({ zone: 'toolResult', text: t }));
    case 'tool_use':
      return [{ zone: 'model', text: JSON.stringify(part.input) }];
    case 'thinking':
      return [{ zone: 'model', text: part.thinking }];
    default:
      return [];
  }
};

/** Every text in it, by whose it is. */
export const passagesOfAnthropic = ({ system, messages }: AnthropicRequest): Passage[] => [
  ...(typeof system === 'string' ? [system] : (system ?? []).map((part) => part.text)).map(
    (t): Passage => ({ zone: 'user', text: t }),
  ),
  ...messages.flatMap(({ role, content }) =>
    typeof content === 'string'
      ? passagesOf(role, { type: 'text', text: content })
      : content.flatMap((part) => passagesOf(role, part)),
  ),
];
