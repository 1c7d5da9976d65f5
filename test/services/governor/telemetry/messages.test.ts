import { contentOf } from '../../../../services/governor/telemetry/messages';

const said = [{ zone: 'user' as const, value: 'hi' }];

test('of a model or an agent: messages, by whose words they are', () => {
  const answered = ['so', { q: 1 }].map((value) => ({ zone: 'model' as const, value }));
  for (const call of ['infer', 'ask'] as const)
    expect(contentOf(call, said, answered, 'end_turn')).toEqual({
      'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
      'gen_ai.output.messages':
        '[{"role":"assistant","parts":[{"type":"text","content":"so"},{"type":"text","content":"{\\"q\\":1}"}],"finish_reason":"end_turn"}]',
    });
});

test('of a tool: arguments and result; nothing where nothing was said', () => {
  expect(contentOf('operation', [{ zone: 'model', value: { text: 'a' } }], [], 'stop')).toEqual({
    'gen_ai.tool.call.arguments': '{"text":"a"}',
  });
});
