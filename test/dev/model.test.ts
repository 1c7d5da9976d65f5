import { modelStandIn } from '../../dev/model';
import { infer } from '../../dev/requests';
import { ApiKey, HostedModel, SecretKey } from '../../lib';
import { AnthropicStream, anthropicAnswer } from '../../services/governor/parse/anthropic-answer';
import { OpenaiStream, openaiAnswer } from '../../services/governor/parse/openai-answer';
import { changed } from '../support/desk';

const auth = ApiKey.from(SecretKey.of('a', 'b'));
const asksFor = { operation: 'tickets.close', arguments: { ticket: 'T-1' } };
const environment = changed((draft) => {
  draft.models.gpt = HostedModel.openai({ names: ['gpt-5'], auth });
});
const toolUses = [{ name: 'tickets__close', arguments: { ticket: 'T-1' } }];

const answered = (name: string, stream: boolean, prompt: object): string => {
  const model = environment.models[name];
  if (model === undefined) throw new Error(name);
  const { method, path, headers, body = '' } = infer(environment, name, { ...prompt, stream });
  return modelStandIn(model)({ method, path: path.replace(`/models/${name}`, ''), headers, body })?.body ?? '';
};
/** Events of a stream, by name. */
const eventsOf = (text: string): [string | undefined, string][] =>
  text
    .trim()
    .split('\n\n')
    .map((event) => [/^event: (.*)$/m.exec(event)?.[1], /^data: (.*)$/m.exec(event)?.[1] ?? '']);

describe.each([
  ['claude', anthropicAnswer, AnthropicStream],
  ['gpt', openaiAnswer, OpenaiStream],
] as const)('the stand-in of %s', (name, read, Stream) => {
  test('asks for the call that its prompt names, in one piece and as a stream', () => {
    expect(read(JSON.parse(answered(name, false, { asksFor })), 64).toolUses).toEqual(toolUses);
    const stream = new Stream(64);
    for (const [event, data] of eventsOf(answered(name, true, { asksFor }))) stream.event(event, data);
    expect(stream.end().toolUses).toEqual(toolUses);
  });

  test('asks for nothing otherwise', () => {
    const turn = read(JSON.parse(answered(name, false, { text: 'Say hello.' })), 64);
    expect(turn.toolUses).toEqual([]);
    expect(turn.texts).toHaveLength(1);
  });
});
