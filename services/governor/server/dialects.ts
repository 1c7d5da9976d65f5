import type { Json, JsonObject } from '../parse/json';
import type { ModelProtocol } from '../parse/model-request';
import { field } from '../parse/turn';
import type { Dialect, Growth, Piece } from './model-events';

const textAt = (value: Json | undefined, key: string): string => {
  const text = field(value, key);
  return typeof text === 'string' ? text : '';
};

/** `text:0`: the kind and number of a content block. */
const blockOf = (kind: string, index: Json | undefined): string => `${kind}:${index}`;

const grows = (holder: string, { [holder]: inside, index }: JsonObject, kind: string): Piece[] => {
  const text = textAt(inside, kind);
  return text === '' ? [] : [{ of: blockOf(kind, index), path: [holder, kind], text }];
};

const anthropicPieces = (value: JsonObject): Piece[] => {
  const holder = { content_block_start: 'content_block', content_block_delta: 'delta' }[String(value.type)];
  return holder === undefined ? [] : [...grows(holder, value, 'text'), ...grows(holder, value, 'thinking')];
};

const anthropicTools = ({ type, index, content_block: block, delta }: JsonObject): Growth['tools'] => {
  const of = blockOf('tool', index);
  if (type === 'content_block_start' && field(block, 'type') === 'tool_use') return [{ of, text: '' }];
  if (type !== 'content_block_delta' || field(delta, 'type') !== 'input_json_delta') return [];
  return [{ of, path: ['delta', 'partial_json'], text: textAt(delta, 'partial_json') }];
};

/** https://docs.anthropic.com/en/docs/build-with-claude/streaming */
const anthropic: Dialect = {
  growth(value): Growth {
    const { type, index } = value;
    const ended = type === 'message_stop' || type === 'message_delta' || type === 'error';
    const whole = type === 'content_block_stop' ? [blockOf('text', index), blockOf('thinking', index)] : [];
    return {
      pieces: anthropicPieces(value),
      tools: anthropicTools(value),
      whole: ended ? 'all' : whole,
      last: type === 'message_stop' || type === 'error',
    };
  },
  carrier(_like, of, text) {
    const [kind = '', index] = of.split(':');
    const delta = { type: `${kind}_delta`, [kind]: text };
    return {
      event: 'content_block_delta',
      data: JSON.stringify({ type: 'content_block_delta', index: Number(index), delta }),
    };
  },
};

const GROWING = ['content', 'refusal', 'reasoning_content'];

const openaiPieces = (choice: Json, at: number): Piece[] =>
  GROWING.flatMap((key): Piece[] => {
    const text = textAt(field(choice, 'delta'), key);
    return text === '' ? [] : [{ of: key, path: ['choices', at, 'delta', key], text }];
  });

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const openaiTools = (choice: Json, at: number): Growth['tools'] =>
  listOf(field(field(choice, 'delta'), 'tool_calls')).map((call, i) => {
    const of = blockOf('tool', field(call, 'index'));
    const text = textAt(field(call, 'function'), 'arguments');
    const path = ['choices', at, 'delta', 'tool_calls', i, 'function', 'arguments'];
    // A call may begin without arguments: there is nothing to look at yet, and it waits all the same.
    return text === '' ? { of, text } : { of, path, text };
  });

/** https://platform.openai.com/docs/api-reference/chat/streaming */
const openai: Dialect = {
  growth(value): Growth {
    const choices = listOf(value.choices);
    return {
      pieces: choices.flatMap(openaiPieces),
      tools: choices.flatMap(openaiTools),
      whole: choices.some((choice) => textAt(choice, 'finish_reason') !== '') ? 'all' : [],
      last: false,
    };
  },
  carrier(like, of, text) {
    const choices = [{ index: 0, delta: { [of]: text }, finish_reason: null }];
    return { data: JSON.stringify({ ...like, choices }) };
  },
};

export const DIALECTS: Readonly<Record<ModelProtocol, Dialect>> = { anthropic, openai };
