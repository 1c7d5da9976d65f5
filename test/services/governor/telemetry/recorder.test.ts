import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { Governor } from '../../../../services/governor/decide';
import { Guard } from '../../../../services/governor/guard/guard';
import { Runs } from '../../../../services/governor/identify/runs';
import { Inspector } from '../../../../services/governor/inspect';
import type { Decision, Outcome } from '../../../../services/governor/record';
import { AnswerStream } from '../../../../services/governor/server/answer-stream';
import { TracedRecorder } from '../../../../services/governor/telemetry/recorder';
import { Spans } from '../../../../services/governor/telemetry/spans';
import { environment } from '../support/environment';
import { Memory } from '../support/memory';
import { request } from '../support/requests';
import { anthropicTurn, openaiTurn } from '../support/streams';
import { decision, outcome } from './example';

const world = (fails: boolean) => {
  const [decided, ended]: [Decision[], Outcome[]] = [[], []];
  const record = async (): Promise<void> => {
    if (fails) throw new Error('disk full');
  };
  const recorder = new TracedRecorder(
    { decision: record, outcome: record },
    { decided: (one) => void decided.push(one), ended: (one) => void ended.push(one) },
  );
  return { recorder, decided, ended };
};

test('what is on record is told', async () => {
  const { recorder, decided, ended } = world(false);
  await recorder.decision(decision(), undefined);
  await recorder.outcome(outcome());
  expect([decided, ended]).toEqual([[decision()], [outcome()]]);
});

test('a decision that is not on record is none; an answer that is not has not passed', async () => {
  const { recorder, decided, ended } = world(true);
  await expect(recorder.decision(decision(), undefined)).rejects.toThrow('disk full');
  await expect(recorder.outcome(outcome())).rejects.toThrow('disk full');
  expect(decided).toEqual([]);
  expect(ended).toMatchObject([{ withheld: true, code: 'unavailable', phase: 'error' }]);
});

describe.each(['openai', 'anthropic'] as const)(
  'nothing that people or models write is in a span of %s',
  (protocol) => {
    const path = protocol === 'openai' ? '/v1/chat/completions' : '/v1/messages';
    const { config, ...rest } = environment();
    const models = { claude: { protocol, names: ['claude-sonnet-4-5'] } };
    const configuration = { ...rest, config: { ...config, models } };
    const guard = new Guard(config.guard, []);
    const asked = (model: string) =>
      request(`/models/claude${path}`, {
        model,
        max_tokens: 1,
        messages: [{ role: 'user', content: 'canary-1' }],
      });
    const whole =
      protocol === 'openai'
        ? {
            id: 'canary-2',
            model: 'canary-3',
            choices: [{ finish_reason: 'canary-4', message: { content: 'canary-5' } }],
          }
        : { id: 'canary-2', type: 'message', model: 'canary-3', stop_reason: 'canary-4', content: [] };
    const said = { texts: [['canary-6']], tools: [{ name: 'canary-7', json: ['{"a":"canary-8"}'] }] };
    const turn = (protocol === 'openai' ? openaiTurn(said) : anthropicTurn(said))
      .replace(/"model":"[^"]*"/g, '"model":"canary-9"')
      .replace(/tool_calls"(?=}])/, 'canary-10"')
      .replace('tool_use"},"usage', 'canary-10"},"usage');

    test.each(['whole', 'in events', 'denied'])('%s', async (how) => {
      const { recorder, decided, ended } = world(false);
      const memory = new Memory();
      const clock = (): number => 1_000;
      const parts = { config, guard, recorder, clock, inspector: new Inspector(config, guard, recorder, clock) };
      const governor = new Governor(configuration, {
        agents: { identify: async () => 'triage' },
        users: { identify: async () => ({ issuer: 'i', subject: 'ada', groups: [] }) },
        runs: new Runs(memory, 1_000),
        history: memory,
        recorder,
        clock,
        guard,
      });
      const verdict = await governor.request(asked(how === 'denied' ? 'canary-0' : 'claude-sonnet-4-5'));
      expect(verdict.kind).toBe(how === 'denied' ? 'deny' : 'forward');
      if (verdict.kind === 'forward' && how === 'whole')
        await parts.inspector.answer(verdict.pending, {
          status: 200,
          headers: [['content-type', 'application/json']],
          body: Buffer.from(JSON.stringify(whole)),
        });
      if (verdict.kind === 'forward' && how === 'in events') {
        const stream = new AnswerStream(verdict.pending, 200, parts);
        expect((await stream.push(Buffer.from(turn))).toString()).toContain('canary-10');
      }
      const [first] = decided;
      const span = new Spans(configuration.config, 'here').of(first as Decision, ended[0]);
      expect(span.attributes['gen_ai.provider.name']).toBe(protocol);
      expect(span.attributes['gen_ai.response.model']).toBe(how === 'denied' ? undefined : '_OTHER');
      expect(span.attributes['gen_ai.response.finish_reasons']).toEqual(how === 'denied' ? undefined : ['_OTHER']);
      expect(Buffer.from(JsonTraceSerializer.serializeRequest([span]) ?? []).toString()).not.toContain('canary');
    });
  },
);
