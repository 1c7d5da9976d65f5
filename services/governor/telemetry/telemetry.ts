import type { Attributes } from '@opentelemetry/api';
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Counter } from 'prom-client';
import type { GovernorConfig } from '../../../contract/governor';
import { Collector, type Delivery } from '../../common/collector';
import type { Pending } from '../context';
import type { Json } from '../parse/json';
import type { Decision, Outcome } from '../record';
import type { Log } from '../server/log';
import { Content, type Said } from './content';
import { contentOf, type Talk } from './messages';
import { Spans } from './spans';
import { finishReason } from './turn-words';

/** Spans that wait for the collector or are on their way; the next one is dropped, and counted. */
const MOST_WAITING = 1_024;
/** Calls that wait for their answer, as many as a governor takes. */
const MOST_OPEN = 10_000;
const BATCH = 64;
const DELAY_MILLISECONDS = 1_000;
/** Above the collector's own deadline, which comes first. */
const EXPORT_MILLISECONDS = 10_000;
/** A governor that ends waits this long for what is left. */
const LAST_MILLISECONDS = 2_000;

/** Takes what was said, where an environment wants it told. */
export interface ContentSink {
  asked(pending: Pending): void;
  /** @param said after the guard, in its order */
  answered(pending: Pending, said: Json): void;
}

interface Open {
  readonly decision: Decision;
  /** Undefined where nothing was told of it. */
  call?: Talk;
  readonly asked: Said[];
  readonly answered: Said[];
}

export interface TelemetryParts {
  readonly config: Pick<GovernorConfig, 'agents' | 'models' | 'tools' | 'guard' | 'telemetry'>;
  /** Which replica this is. */
  readonly instance: string;
  readonly spans: Counter<'result'>;
  readonly log: Log;
  /** @default - the collector of the configuration */
  readonly exporter?: (delivery: Delivery) => SpanExporter;
}

/**
 * Tells the collector of every call: one span each, once it is over. Nobody waits for it: what cannot be told is
 * dropped and counted, and whatever goes wrong in here is no business of the call. See docs/decisions/0021.
 */
export class Telemetry {
  private readonly open = new Map<string, Open>();
  private readonly spans: Spans;
  private readonly collector: SpanExporter;
  private readonly batches: BatchSpanProcessor;
  private readonly cleaning = new Set<Promise<void>>();
  private waiting = 0;
  private failing = false;
  /** Undefined where nothing that was said is told. */
  readonly content: ContentSink | undefined;
  private readonly guarded: Content | undefined;

  constructor(private readonly parts: TelemetryParts) {
    const { config, instance, exporter = (delivery) => new Collector(config.telemetry, delivery) } = parts;
    this.spans = new Spans(config, instance);
    this.collector = exporter({
      taken: (spans) => this.settled('exported', spans),
      refused: (spans) => this.settled('refused', spans),
      failed: (spans, reason) => this.settled('failed', spans, reason),
    });
    this.batches = new BatchSpanProcessor({
      exporter: this.collector,
      maxQueueSize: MOST_WAITING,
      maxExportBatchSize: BATCH,
      scheduledDelayMillis: DELAY_MILLISECONDS,
      exportTimeoutMillis: EXPORT_MILLISECONDS,
    });
    if (config.telemetry.content !== true) return;
    this.guarded = new Content(config.guard);
    this.content = {
      asked: (pending) => this.safely(() => this.asked(pending)),
      answered: (pending, said) => this.safely(() => this.answered(pending, said)),
    };
  }

  /** A decision that is on record. */
  decided(decision: Decision): void {
    this.safely(() => {
      if (decision.effect !== 'allow') return this.tell(decision);
      this.open.set(decision.id, { decision, asked: [], answered: [] });
      const [oldest] = this.open.keys();
      if (this.open.size <= MOST_OPEN || oldest === undefined) return;
      this.open.delete(oldest);
      this.parts.spans.inc({ result: 'overflow' });
    });
  }

  /** What came of a call that was let through; the first that is told of it counts. */
  ended(outcome: Outcome): void {
    this.safely(() => {
      const call = this.open.get(outcome.decision);
      if (call === undefined) return;
      this.open.delete(outcome.decision);
      const { guarded } = this;
      const busy = this.cleaning.size >= MOST_WAITING;
      if (guarded === undefined || call.call === undefined || busy) return this.tell(call.decision, outcome);
      const work = this.cleaned(guarded, call.call, call, outcome).then(
        (content) => this.safely(() => this.tell(call.decision, outcome, content)),
        () => this.safely(() => this.tell(call.decision, outcome)),
      );
      this.cleaning.add(work);
      void work.finally(() => this.cleaning.delete(work));
    });
  }

  /** Tells what is left, for a moment. */
  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MILLISECONDS);
    });
    const rest = Promise.all(this.cleaning).then(() => this.batches.shutdown());
    await Promise.race([rest.catch(() => undefined), late]);
    clearTimeout(timer);
    await this.collector.shutdown();
  }

  private asked({ decision, parsed: { call, passages } }: Pending): void {
    const open = this.open.get(decision);
    if (open === undefined || call.kind === 'housekeeping') return;
    open.call = call.kind;
    if (call.kind === 'operation') open.asked.push({ zone: 'model', value: call.arguments });
    else open.asked.push(...passages.map(({ zone, text }) => ({ zone, value: text })));
  }

  private answered({ decision, parsed: { call } }: Pending, value: Json): void {
    this.open.get(decision)?.answered.push({ zone: call.kind === 'operation' ? 'toolResult' : 'model', value });
  }

  /** What was withheld from the caller is not told to anybody else. */
  private async cleaned(
    guarded: Content,
    call: Talk,
    { asked, answered }: Open,
    { withheld, phase, stop }: Outcome,
  ): Promise<Attributes> {
    const [before, after] = await Promise.all([guarded.told(asked), guarded.told(withheld ? [] : answered)]);
    const finish = stop === undefined ? (phase === 'error' ? 'error' : 'stop') : finishReason(stop);
    return contentOf(call, before, after, finish);
  }

  private tell(decision: Decision, outcome?: Outcome, content?: Attributes): void {
    if (this.waiting >= MOST_WAITING) {
      this.parts.spans.inc({ result: 'overflow' });
      return;
    }
    const span = this.spans.of(decision, outcome, content);
    this.waiting++;
    this.batches.onEnd(span);
  }

  private settled(result: 'exported' | 'refused' | 'failed', spans: number, reason?: string): void {
    this.waiting -= spans;
    this.parts.spans.inc({ result }, spans);
    const failing = result === 'failed';
    if (failing === this.failing || result === 'refused') return;
    this.failing = failing;
    if (failing) this.parts.log.line('warn', 'telemetry not exported', reason === undefined ? {} : { reason });
    else this.parts.log.line('info', 'telemetry exported again');
  }

  private safely(work: () => void): void {
    try {
      work();
    } catch {
      this.parts.spans.inc({ result: 'failed' });
    }
  }
}
