import type { Json, JsonObject } from './json';
import type { ToolUse } from './request';
import {
  answerJson,
  argumentsOf,
  arrayOf,
  badAnswer,
  objectOf,
  type Turn,
  type TurnStream,
  textOf,
  usageOf,
} from './turn';

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const usage = (value: Json | undefined): Turn['usage'] => usageOf(value, 'prompt_tokens', 'completion_tokens');
const listOf = (value: Json | undefined, what: string): readonly Json[] =>
  value === undefined || value === null ? [] : arrayOf(value, what);

/** Texts of a message or of a piece of one. */
const textsOf = (message: JsonObject): string[] =>
  [message.content, message.refusal, message.reasoning_content].flatMap((value) => text(value) ?? []);

const toolUse = (value: Json, maxDepth: number): ToolUse => {
  const call = objectOf(value, 'a tool call');
  if (call.type !== 'function') throw badAnswer('a tool call of a kind that was not asked for');
  const fn = objectOf(call.function, 'a tool call');
  return {
    name: textOf(fn.name, 'the name of a tool'),
    arguments: argumentsOf(textOf(fn.arguments, 'arguments of a tool call'), maxDepth),
  };
};

/** An answer in one piece: https://platform.openai.com/docs/api-reference/chat/object. */
export function openaiAnswer(body: Json, maxDepth: number): Turn {
  const answer = objectOf(body, 'the answer');
  if (answer.error !== undefined && answer.choices === undefined) return { texts: [], toolUses: [] };
  const choices = arrayOf(answer.choices, 'choices').map((choice) => objectOf(choice, 'a choice'));
  const messages = choices.map(({ message }) => objectOf(message, 'a message'));
  return {
    model: text(answer.model),
    texts: messages.flatMap(textsOf),
    toolUses: messages.flatMap((m) => listOf(m.tool_calls, 'tool_calls').map((call) => toolUse(call, maxDepth))),
    usage: usage(answer.usage),
    stop: text(choices[0]?.finish_reason),
  };
}

interface Growing {
  name: string;
  arguments: string;
}

/** The same in pieces: https://platform.openai.com/docs/api-reference/chat/streaming. */
export class OpenaiStream implements TurnStream {
  private readonly calls = new Map<number, Growing>();
  private readonly texts: string[] = [];
  private model: string | undefined;
  private stop: string | undefined;
  private counts: Turn['usage'];
  private done = false;

  constructor(private readonly maxDepth: number) {}

  event(_name: string | undefined, data: string): void {
    if (this.done) throw badAnswer('an event after the last one');
    if (data === '[DONE]') {
      this.done = true;
      return;
    }
    const chunk = objectOf(answerJson(data, this.maxDepth), 'an event');
    if (chunk.error !== undefined) return;
    this.model ??= text(chunk.model);
    this.counts = usage(chunk.usage) ?? this.counts;
    for (const value of listOf(chunk.choices, 'choices')) this.choice(objectOf(value, 'a choice'));
  }

  /** Calls count once the model says that it is done with them. */
  end(): Turn {
    const finished = this.stop !== undefined;
    return {
      model: this.model,
      texts: this.texts.length === 0 ? [] : [this.texts.join('')],
      toolUses: finished
        ? [...this.calls.values()].map((call) => ({
            name: call.name,
            arguments: argumentsOf(call.arguments, this.maxDepth),
          }))
        : [],
      usage: this.counts,
      stop: this.stop,
    };
  }

  private choice(choice: JsonObject): void {
    if ((choice.index ?? 0) !== 0) throw badAnswer('a second choice, which was not asked for');
    this.stop = text(choice.finish_reason) ?? this.stop;
    const delta = objectOf(choice.delta ?? {}, 'a delta');
    this.texts.push(...textsOf(delta));
    for (const value of listOf(delta.tool_calls, 'tool_calls')) this.call(objectOf(value, 'a tool call'));
  }

  private call({ index, type, function: fn }: JsonObject): void {
    if (typeof index !== 'number' || (type !== undefined && type !== null && type !== 'function'))
      throw badAnswer('a tool call of a kind that was not asked for');
    const piece = objectOf(fn ?? {}, 'a tool call');
    const call = this.calls.get(index) ?? { name: '', arguments: '' };
    this.calls.set(index, {
      name: call.name + (text(piece.name) ?? ''),
      arguments: call.arguments + (text(piece.arguments) ?? ''),
    });
  }
}
