import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { Spans } from '../../../../services/governor/telemetry/spans';
import fc from '../../../support/property';
import { config, decision, outcome, RUN } from './example';

const spans = new Spans(config, 'replica-1');
const CLAIMED = { trace: 'f'.repeat(32), callerSpan: 'e'.repeat(16) };

test('a call from when it came to when its answer was over', () => {
  const span = spans.of(decision(), outcome());
  expect(span).toMatchObject({
    name: 'execute_tool search',
    kind: SpanKind.CLIENT,
    startTime: [0, 998_000_000],
    endTime: [1, 250_000_000],
    duration: [0, 252_000_000],
    status: { code: SpanStatusCode.UNSET },
    links: [],
  });
  expect(span.attributes).toMatchObject({
    'gen_ai.agent.name': 'triage',
    'gen_ai.conversation.id': RUN,
    'firepit.decision.id': 'd-1',
    'firepit.decision.because': ['triage.call.search'],
    'firepit.decision.facts': ['explained'],
    'http.response.status_code': 200,
  });
  expect(span.resource.attributes).toEqual({
    'service.name': 'firepit-governor',
    'service.instance.id': 'replica-1',
    'deployment.environment.name': 'desk',
  });
  expect(JSON.stringify([span.attributes, span.name])).not.toContain('ada');
});

test('a caller moves no call out of its trace, nor into another one, and cannot ask not to be seen', () => {
  const span = spans.of(decision(CLAIMED), outcome());
  expect(span.spanContext()).toMatchObject({ traceId: RUN.slice(4), traceFlags: 1 });
  expect(span.parentSpanContext).toMatchObject({ traceId: RUN.slice(4) });
  expect(span.links).toMatchObject([{ context: { traceId: CLAIMED.trace, spanId: CLAIMED.callerSpan } }]);
  const alone = spans.of(decision({ ...CLAIMED, run: undefined }), outcome());
  expect(alone.spanContext().traceId).not.toBe(CLAIMED.trace);
  expect(alone.parentSpanContext).toBeUndefined();
});

test('a denied call is a span with its code, in the run that it was tried in', () => {
  const { status, attributes, parentSpanContext } = spans.of(decision({ effect: 'deny', code: 'not-permitted' }));
  expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'not-permitted' });
  expect(attributes).toMatchObject({ 'error.type': 'not-permitted', 'firepit.decision.code': 'not-permitted' });
  expect(parentSpanContext?.traceId).toBe(RUN.slice(4));
});

test('a question that was refused opened no run, so it is the root of none', () => {
  const asked = { door: 'front', upstream: 'triage' } as const;
  expect(spans.of(decision({ ...asked, effect: 'deny', code: 'not-permitted' })).parentSpanContext).toBeDefined();
  const opened = spans.of(decision(asked), outcome());
  expect(opened.parentSpanContext).toBeUndefined();
  expect(spans.of(decision(), outcome()).parentSpanContext?.spanId).toBe(opened.spanContext().spanId);
});

test.each<[string, object, object, string | undefined]>([
  ['an answer', {}, {}, undefined],
  ['an answer that was withheld', {}, { phase: 'error', withheld: true, code: 'guard-blocked' }, 'guard-blocked'],
  ['a failure of the upstream', {}, { phase: 'error', status: 503 }, '503'],
  ['an error that an MCP server tells', {}, { phase: 'error' }, 'tool_error'],
  ['an error in a stream of a model', { protocol: 'anthropic' }, { phase: 'error' }, '_OTHER'],
])('%s', (_what, asked, came, error) => {
  const { attributes, status } = spans.of(decision(asked), outcome(came));
  expect(attributes['error.type']).toBe(error);
  expect(status.code).toBe(error === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
});

test('what a model says of its answer is told in words that are known', () => {
  const chat = { protocol: 'anthropic', upstream: 'claude', model: 'claude-sonnet-4-5' } as const;
  const said = { usage: { input: 3, output: 4 }, model: 'a stranger', stop: 'for no reason' };
  expect(spans.of(decision(chat), outcome(said)).attributes).toMatchObject({
    'gen_ai.usage.input_tokens': 3,
    'gen_ai.usage.output_tokens': 4,
    'gen_ai.response.model': '_OTHER',
    'gen_ai.response.finish_reasons': ['_OTHER'],
  });
});

test('an answer in the name of a model that nobody declared stays unnamed', () => {
  const asked = { protocol: 'anthropic', upstream: 'claude', model: 'a stranger' } as const;
  const { attributes } = spans.of(decision(asked), outcome({ model: 'a stranger' }));
  expect(attributes['gen_ai.response.model']).toBe('_OTHER');
});

test('whatever a stranger writes into names, none of it is in a span', () => {
  const strange = fc
    .tuple(fc.constantFrom('', 'tickets.', 'tickets:', 'ask:', 'infer:claude/', 'claude-sonnet-4-5'), fc.string())
    .map(([before, text]) => `${before}strange${text}`);
  const name = fc.oneof(strange, fc.constantFrom('tickets', 'triage', 'claude', undefined));
  const any = fc.record({
    door: fc.constantFrom('front' as const, 'back' as const),
    protocol: fc.constantFrom('mcp' as const, 'http' as const, 'openai' as const, 'anthropic' as const),
    action: name,
    upstream: name,
    model: name,
    agent: name,
    method: strange,
    path: strange,
    reason: strange,
    argumentsDigest: strange,
  });
  const came = fc.record({ model: name, stop: name, reason: strange });
  fc.assert(
    fc.property(any, came, (asked, answer) => {
      const bytes = JsonTraceSerializer.serializeRequest([spans.of(decision(asked), outcome(answer))]);
      expect(Buffer.from(bytes ?? []).toString()).not.toContain('strange');
    }),
    { numRuns: 100 },
  );
});
