import type { Json, JsonObject } from './json';
import type { ToolUse } from './request';
import {
  answerJson,
  argumentsOf,
  arrayOf,
  badAnswer,
  field,
  objectOf,
  type Turn,
  type TurnStream,
  textOf,
  usageOf,
} from './turn';

const usage = (value: Json | undefined): Turn['usage'] => usageOf(value, 'input_tokens', 'output_tokens');
const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** Texts and tool use of one block. A kind that nobody asked for is the provider acting on its own. */
const block = (value: Json): { readonly texts: readonly string[]; readonly toolUses: readonly ToolUse[] } => {
  const part = objectOf(value, 'a content block');
  switch (part.type) {
    case 'text':
      return { texts: [textOf(part.text, 'text')], toolUses: [] };
    case 'thinking':
      return { texts: [textOf(part.thinking, 'thinking')], toolUses: [] };
    case 'redacted_thinking':
      return { texts: [], toolUses: [] };
    case 'tool_use':
      return {
        texts: [],
        toolUses: [
          { name: textOf(part.name, 'the name of a tool'), arguments: objectOf(part.input, 'the input of a tool') },
        ],
      };
    default:
      throw badAnswer('a content block of a kind that was not asked for');
  }
};

/** An answer in one piece: https://docs.anthropic.com/en/api/messages. */
export function anthropicAnswer(body: Json): Turn {
  const message = objectOf(body, 'the answer');
  if (message.type === 'error' || typeof message.input_tokens === 'number') return { texts: [], toolUses: [] };
  if (message.type !== 'message') throw badAnswer('the answer is neither a message nor an error');
  const blocks = arrayOf(message.content, 'content').map(block);
  return {
    model: text(message.model),
    texts: blocks.flatMap(({ texts }) => texts),
    toolUses: blocks.flatMap(({ toolUses }) => toolUses),
    usage: usage(message.usage),
    stop: text(message.stop_reason),
  };
}

/** A block that is still coming. */
interface Open {
  readonly start: JsonObject;
  text: string;
  json: string;
}

/** The same in pieces: https://docs.anthropic.com/en/docs/build-with-claude/streaming. */
export class AnthropicStream implements TurnStream {
  private readonly open = new Map<number, Open>();
  /** Clients differ in what a second block of the same place adds to. */
  private readonly started = new Set<number>();
  private readonly texts: string[] = [];
  private readonly toolUses: ToolUse[] = [];
  private model: string | undefined;
  private stop: string | undefined;
  private counts = { input: 0, output: 0 };

  constructor(private readonly maxDepth: number) {}

  event(name: string | undefined, data: string): void {
    const message = objectOf(answerJson(data, this.maxDepth), 'an event');
    if (name !== undefined && name !== message.type)
      throw badAnswer('an event says two different things about its kind');
    switch (message.type) {
      case 'message_start':
        this.model = text(field(message.message, 'model'));
        this.count(field(message.message, 'usage'));
        break;
      case 'content_block_start':
        this.begin(message);
        break;
      case 'content_block_delta':
        this.add(this.opened(message), objectOf(message.delta, 'a delta'));
        break;
      case 'content_block_stop':
        this.close(message);
        break;
      case 'message_delta':
        this.stop = text(field(message.delta, 'stop_reason')) ?? this.stop;
        this.count(message.usage);
        break;
      case 'message_stop':
      case 'ping':
      case 'error':
        break;
      default:
        throw badAnswer('an event of an unknown kind');
    }
  }

  end(): Turn {
    return { model: this.model, texts: this.texts, toolUses: this.toolUses, usage: this.counts, stop: this.stop };
  }

  private count(value: Json | undefined): void {
    const more = usage(value);
    if (more !== undefined) this.counts = { input: Math.max(this.counts.input, more.input), output: more.output };
  }

  private begin({ index, content_block }: JsonObject): void {
    if (typeof index !== 'number' || this.started.has(index))
      throw badAnswer('a content block starts twice, or nowhere');
    this.started.add(index);
    const start = objectOf(content_block, 'a content block');
    block(start.type === 'tool_use' ? { ...start, input: start.input ?? {} } : start);
    this.open.set(index, { start, text: text(start.text) ?? text(start.thinking) ?? '', json: '' });
  }

  private opened({ index }: JsonObject): Open {
    const found = typeof index === 'number' ? this.open.get(index) : undefined;
    if (found === undefined) throw badAnswer('a piece of a content block that did not start');
    return found;
  }

  private add(to: Open, delta: JsonObject): void {
    switch (delta.type) {
      case 'text_delta':
        to.text += textOf(delta.text, 'text');
        return;
      case 'thinking_delta':
        to.text += textOf(delta.thinking, 'thinking');
        return;
      case 'input_json_delta':
        to.json += textOf(delta.partial_json, 'a piece of input');
        return;
      case 'signature_delta':
      case 'citations_delta':
        return;
      default:
        throw badAnswer('a piece of an unknown kind');
    }
  }

  private close(message: JsonObject): void {
    const { start, text: whole, json } = this.opened(message);
    this.open.delete(message.index as number);
    if (start.type !== 'tool_use') {
      if (whole !== '') this.texts.push(whole);
      return;
    }
    const input = json === '' ? objectOf(start.input ?? {}, 'the input of a tool') : argumentsOf(json, this.maxDepth);
    this.toolUses.push({ name: textOf(start.name, 'the name of a tool'), arguments: input });
  }
}
