import { contentOf } from '../../../../services/governor/telemetry/messages';

const said = [{ zone: 'user' as const, value: 'hi' }];

test('of a model or an agent: messages, by whose words they are', () => {
  const answered = [{ zone: 'model' as const, value: { q: 1 } }];
  for (const call of ['infer', 'ask'] as const)
    expect(contentOf(call, said, answered)).toEqual({
      'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
      'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"{\\"q\\":1}"}]}]',
    });
});

test('of a tool: arguments and result; nothing where nothing was said', () => {
  expect(contentOf('operation', [{ zone: 'model', value: { text: 'a' } }], [])).toEqual({
    'gen_ai.tool.call.arguments': '{"text":"a"}',
  });
});
