import { randomUUID } from 'node:crypto';
import type { Model } from '../lib/declaration';
import { protocolOf } from '../lib/declaration/model';
import { MODEL_API } from '../lib/gateway/paths';
import { instruction } from './requests';
import { json, type Reply, type Speaks } from './stand-in';

interface Turn {
  readonly model: string;
  readonly text: string;
  readonly asksFor: ReturnType<typeof instruction.read>;
}

const USAGE = { input: 12, output: 8 } as const;

/** Every text of a message's content. */
const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('\n');
};

interface Asked {
  readonly model?: unknown;
  readonly messages?: readonly { readonly content?: unknown }[];
  readonly stream?: unknown;
}
const turnOf = (body: Asked): Turn => {
  const asksFor = instruction.read(textOf(body.messages?.at(-1)?.content));
  const text = asksFor === undefined ? 'Hello. I am a stand-in for a model.' : `I want to call ${asksFor.name}.`;
  return { model: String(body.model), text, asksFor };
};

const events = (list: readonly (readonly [name: string | undefined, data: unknown])[]): Reply => ({
  status: 200,
  type: 'text/event-stream',
  body: list
    .map(([name, data]) => {
      const text = typeof data === 'string' ? data : JSON.stringify(data);
      return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`;
    })
    .join(''),
});

/** https://docs.anthropic.com/en/api/messages and …/build-with-claude/streaming */
function anthropic({ model, text, asksFor }: Turn, stream: boolean): Reply {
  const use = { type: 'tool_use', id: `toolu_${randomUUID().slice(0, 8)}`, name: asksFor?.name };
  const stop_reason = asksFor === undefined ? 'end_turn' : 'tool_use';
  const message = { id: `msg_${randomUUID()}`, type: 'message', role: 'assistant', model };
  const usage = { input_tokens: USAGE.input, output_tokens: USAGE.output };
  if (!stream) {
    const content = [{ type: 'text', text }, ...(asksFor === undefined ? [] : [{ ...use, input: asksFor.arguments }])];
    return json({ ...message, content, stop_reason, stop_sequence: null, usage });
  }
  const block = (index: number, start: object, delta: object): [string, object][] => [
    ['content_block_start', { type: 'content_block_start', index, content_block: start }],
    ['content_block_delta', { type: 'content_block_delta', index, delta }],
    ['content_block_stop', { type: 'content_block_stop', index }],
  ];
  return events([
    ['message_start', { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } }],
    ...block(0, { type: 'text', text: '' }, { type: 'text_delta', text }),
    ...(asksFor === undefined
      ? []
      : block(1, { ...use, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(asksFor.arguments) })),
    ['message_delta', { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: USAGE.output } }],
    ['message_stop', { type: 'message_stop' }],
  ]);
}

/** https://platform.openai.com/docs/api-reference/chat */
function openai({ model, text, asksFor }: Turn, stream: boolean): Reply {
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
  const call = {
    id: `call_${randomUUID().slice(0, 8)}`,
    type: 'function',
    function: { name: asksFor?.name, arguments: JSON.stringify(asksFor?.arguments) },
  };
  const finish_reason = asksFor === undefined ? 'stop' : 'tool_calls';
  const usage = {
    prompt_tokens: USAGE.input,
    completion_tokens: USAGE.output,
    total_tokens: USAGE.input + USAGE.output,
  };
  if (!stream) {
    const message = { role: 'assistant', content: text, ...(asksFor === undefined ? {} : { tool_calls: [call] }) };
    return json({ ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage });
  }
  const chunk = (delta: object, reason: string | null = null): [undefined, object] => [
    undefined,
    { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] },
  ];
  return events([
    chunk({ role: 'assistant', content: text }),
    ...(asksFor === undefined ? [] : [chunk({ tool_calls: [{ index: 0, ...call }] })]),
    chunk({}, finish_reason),
    [undefined, '[DONE]'],
  ]);
}

/** Stands in for a hosted model: it asks for the call that its prompt names, and has no will of its own. */
export const modelStandIn =
  (model: Model): Speaks =>
  ({ method, path, body }) => {
    const kind = protocolOf(model);
    if (method !== 'POST' || !MODEL_API[kind].calls.includes(path)) return undefined;
    const request = JSON.parse(body) as Asked;
    if (path.endsWith('/count_tokens')) return json({ input_tokens: USAGE.input });
    return (kind === 'anthropic' ? anthropic : openai)(turnOf(request), request.stream === true);
  };
