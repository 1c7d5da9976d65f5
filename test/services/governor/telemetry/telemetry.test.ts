import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Delivery } from '../../../../services/common/collector';
import { Log } from '../../../../services/governor/server/log';
import { Metrics } from '../../../../services/governor/server/metrics';
import { Telemetry } from '../../../../services/governor/telemetry/telemetry';
import { TOKEN } from '../support/streams';
import { config, decision, outcome } from './example';

type Manner = 'takes' | 'fails' | 'is silent';

const world = (content = false) => {
  const told: ReadableSpan[] = [];
  const lines: string[] = [];
  const silent: (() => void)[] = [];
  const metrics = new Metrics();
  let manner: Manner = 'takes';
  const telemetry = new Telemetry({
    config: { ...config, telemetry: { ...config.telemetry, ...(content ? { content: true } : {}) } },
    instance: 'replica-1',
    spans: metrics.spans,
    log: new Log(
      () => 0,
      (line) => void lines.push(JSON.parse(line).event),
    ),
    exporter: (delivery: Delivery) => ({
      export: (spans, done) => {
        if (manner === 'is silent') return void silent.push(() => done({ code: ExportResultCode.FAILED }));
        if (manner === 'takes') delivery.taken(told.push(...spans) && spans.length);
        else delivery.failed(spans.length, 'UNAVAILABLE');
        done({ code: manner === 'takes' ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
      },
      shutdown: async () => undefined,
    }),
  });
  const count = async (result: string): Promise<number> =>
    (await metrics.spans.get()).values.find(({ labels }) => labels.result === result)?.value ?? 0;
  return {
    telemetry,
    told,
    lines,
    count,
    be: (next: Manner): void => {
      manner = next;
      for (const done of silent.splice(0)) done();
    },
  };
};
const pending = (args = {}) => ({
  decision: 'd-1',
  parsed: {
    protocol: { kind: 'mcp' as const },
    call: {
      kind: 'operation' as const,
      tool: 'tickets',
      operation: 'search',
      arguments: args,
      textual: new Set<string>(),
    },
    passages: [],
    body: undefined,
  },
  caller: { door: 'back' as const, agent: 'triage', run: undefined },
  run: undefined,
  event: undefined,
});

test('one span for each call once it is over, whatever is told twice or of nothing', async () => {
  const { telemetry, told, count } = world();
  telemetry.decided(decision());
  telemetry.decided(decision({ id: 'd-2', effect: 'deny', code: 'not-permitted' }));
  telemetry.ended(outcome());
  telemetry.ended(outcome());
  telemetry.ended(outcome({ decision: 'unheard-of' }));
  await telemetry.stop();
  expect(told.map(({ attributes }) => attributes['firepit.decision.id'])).toEqual(['d-2', 'd-1']);
  expect([await count('exported'), await count('overflow')]).toEqual([2, 0]);
});

test('a collector that fails is said once, and what is lost is counted; nothing is thrown', async () => {
  const { telemetry, lines, count, be } = world();
  be('fails');
  const denied = decision({ effect: 'deny', code: 'not-permitted' });
  for (let i = 0; i < 128; i++) telemetry.decided(denied);
  await new Promise(setImmediate);
  be('takes');
  for (let i = 0; i < 64; i++) telemetry.decided(denied);
  await telemetry.stop();
  expect((await count('failed')) + (await count('exported'))).toBe(192);
  expect(await count('failed')).toBeGreaterThan(0);
  expect(lines).toEqual(['telemetry not exported', 'telemetry exported again']);
});

test('behind a collector that says nothing a bounded number waits', async () => {
  const { telemetry, count, be } = world();
  be('is silent');
  for (let i = 0; i < 2_000; i++) telemetry.decided(decision({ effect: 'deny', code: 'not-permitted' }));
  expect(await count('overflow')).toBe(2_000 - 1_024);
  be('takes');
  await telemetry.stop();
});

test('what goes wrong in here is counted, and is no business of the call', async () => {
  const { telemetry, count } = world();
  telemetry.decided(decision({ effect: 'deny', because: undefined as never }));
  telemetry.decided(undefined as never);
  telemetry.ended(undefined as never);
  await telemetry.stop();
  expect(await count('failed')).toBe(3);
});

test('nothing of what is said is taken unless the environment wants it', () =>
  expect(world().telemetry.content).toBeUndefined());

test('with content: what passed, without its secrets; nothing of an answer that was withheld', async () => {
  for (const withheld of [false, true]) {
    const { telemetry, told } = world(true);
    telemetry.decided(decision());
    telemetry.content?.asked(pending({ text: 'where' }));
    telemetry.content?.answered(pending(), { text: `here ${TOKEN}` });
    telemetry.ended(outcome(withheld ? { withheld, code: 'guard-blocked', phase: 'error' } : {}));
    await telemetry.stop();
    expect(told[0]?.attributes['gen_ai.tool.call.arguments']).toBe('{"text":"where"}');
    expect(told[0]?.attributes['gen_ai.tool.call.result']).toBe(withheld ? undefined : '{"text":"here [removed]"}');
  }
});
