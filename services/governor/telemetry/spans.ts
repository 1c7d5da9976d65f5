import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { GovernorConfig } from '../../../contract/governor';
import { resourceOf } from '../../common/resource';
import type { Decision, Outcome } from '../record';
import { askedOf } from './asked';
import { NAMES, OTHER } from './names';
import { placeOf } from './place';
import { finishReason, responseModel } from './turn-words';

const SCOPE = { name: 'firepit.governor', version: '0.1.0' };
const FAILED = 400;

const hrTime = (milliseconds: number): HrTime => {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.floor((milliseconds - seconds * 1000) * 1e6)];
};
const context = (traceId: string, spanId: string, isRemote = false): SpanContext => ({
  traceId,
  spanId,
  // Always: whether a call is seen is not up to who makes it.
  traceFlags: TraceFlags.SAMPLED,
  isRemote,
});
const listed = (key: string, values: readonly string[]): Attributes =>
  values.length === 0 ? {} : { [key]: [...values] };

/** Spans of calls, in the words of the declaration: what a stranger named and nobody declared stays out of them. */
export class Spans {
  private readonly resource: Resource;

  /** @param instance which replica this is */
  constructor(
    private readonly config: Pick<GovernorConfig, 'agents' | 'models' | 'tools' | 'telemetry'>,
    instance: string,
  ) {
    this.resource = resourceOf(config.telemetry, instance);
  }

  /**
   * @param outcome of a call that was let through; undefined where it was not
   * @param content what was said, as it may be told @default - nothing of it
   */
  of(decision: Decision, outcome?: Outcome, content: Attributes = {}): ReadableSpan {
    const { run, door, effect, at, microseconds } = decision;
    const place = placeOf(run, door === 'front' && effect === 'allow');
    const { name, attributes } = askedOf(this.config, decision);
    const error = errorOf(decision, outcome);
    const [start, end] = [at - microseconds / 1000, Math.max(at, outcome?.at ?? at)];
    return {
      name,
      kind: SpanKind.CLIENT,
      spanContext: () => context(place.trace, place.span),
      ...(place.parent === undefined ? {} : { parentSpanContext: context(place.trace, place.parent, true) }),
      startTime: hrTime(start),
      endTime: hrTime(end),
      duration: hrTime(end - start),
      status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
      attributes: {
        ...attributes,
        ...this.judged(decision),
        ...(outcome === undefined ? {} : answered(attributes[NAMES.requestModel], outcome)),
        ...(error === undefined ? {} : { [NAMES.errorType]: error }),
        ...content,
      },
      links: linksOf(decision),
      events: [],
      ended: true,
      resource: this.resource,
      instrumentationScope: SCOPE,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  }

  private judged(decision: Decision): Attributes {
    const { id, agent, run, door, effect, because, facts, guard, microseconds, policyDigest } = decision;
    const known = agent !== undefined && Object.hasOwn(this.config.agents, agent);
    return {
      [NAMES.decision]: id,
      [NAMES.effect]: effect,
      [NAMES.door]: door,
      [NAMES.microseconds]: microseconds,
      [NAMES.policyDigest]: policyDigest,
      ...(decision.code === undefined ? {} : { [NAMES.code]: decision.code }),
      ...(known ? { [NAMES.agent]: agent } : {}),
      ...(run === undefined ? {} : { [NAMES.conversation]: run }),
      ...listed(NAMES.because, because),
      ...listed(NAMES.facts, facts),
      ...listed(NAMES.guard, guard),
    };
  }
}

/** The trace that the caller says it is in: a claim, so a link and not the place. */
const linksOf = ({ trace, callerSpan }: Decision): Link[] =>
  trace === undefined || callerSpan === undefined ? [] : [{ context: context(trace, callerSpan, true) }];

/** What kind of failure it was, by names that are few; undefined where it was none. */
function errorOf(decision: Decision, outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined) return decision.code;
  if (outcome.code !== undefined) return outcome.code;
  if (outcome.phase === 'response') return undefined;
  if (outcome.status >= FAILED) return String(outcome.status);
  return decision.protocol === 'mcp' ? 'tool_error' : OTHER;
}

/** @param asked the declared model that was asked; without one, whatever is said of the answer's stays unnamed */
function answered(asked: Attributes[string], outcome: Outcome): Attributes {
  const { status, code, usage, guard } = outcome;
  return {
    ...(status === 0 ? {} : { [NAMES.httpStatus]: status }),
    ...(code === undefined ? {} : { [NAMES.code]: code }),
    ...(usage === undefined ? {} : { [NAMES.inputTokens]: usage.input, [NAMES.outputTokens]: usage.output }),
    ...(outcome.stop === undefined ? {} : { [NAMES.finishReasons]: [finishReason(outcome.stop)] }),
    ...(outcome.model === undefined
      ? {}
      : { [NAMES.responseModel]: typeof asked === 'string' ? responseModel(asked, outcome.model) : OTHER }),
    ...listed(NAMES.guard, guard),
  };
}
