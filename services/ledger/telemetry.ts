import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Counter } from 'prom-client';
import type { LedgerConfig } from '../../contract/ledger';
import { Collector, type Delivery } from '../common/collector';
import { resourceOf } from '../common/resource';

/** Attributes of a step. */
const NAMES = {
  signed: 'firepit.ledger.signed',
  size: 'firepit.ledger.size',
  errorType: 'error.type',
} as const;
/** One step a second: more than wait in an hour without a collector are dropped, and counted. */
const MOST_WAITING = 1_024;
const DELAY_MILLISECONDS = 1_000;
const LAST_MILLISECONDS = 2_000;

/** What the ledger did in one step. */
export interface Step {
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  /** How many entries became part of the signed log. */
  readonly signed: number;
  /** Entries in the log. */
  readonly size: number;
  /** The kind of failure; its words may name hosts and stay in the service's own log. @default - none */
  readonly failure?: string;
}

export interface LedgerTelemetryParts {
  readonly config: LedgerConfig['telemetry'];
  /** Which replica this is. */
  readonly instance: string;
  readonly spans: Counter<'result'>;
  /** @default - the collector of the configuration */
  readonly exporter?: (delivery: Delivery) => SpanExporter;
}

/** Tells the collector of each step that signed something or failed. The log waits for nobody who listens. */
export class LedgerTelemetry {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly collector: SpanExporter;

  constructor({
    config,
    instance,
    spans,
    exporter = (delivery) => new Collector(config, delivery),
  }: LedgerTelemetryParts) {
    this.collector = exporter({
      taken: (count) => spans.inc({ result: 'exported' }, count),
      refused: (count) => spans.inc({ result: 'refused' }, count),
      failed: (count) => spans.inc({ result: 'failed' }, count),
    });
    this.provider = new TracerProvider({
      resource: resourceOf(config, instance),
      sampler: new AlwaysOnSampler(),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: this.collector,
          maxQueueSize: MOST_WAITING,
          scheduledDelayMillis: DELAY_MILLISECONDS,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('firepit.ledger', '0.1.0');
  }

  stepped({ began, ended, signed, size, failure }: Step): void {
    if (signed === 0 && failure === undefined) return;
    const attributes = {
      [NAMES.signed]: signed,
      [NAMES.size]: size,
      ...(failure === undefined ? {} : { [NAMES.errorType]: failure }),
    };
    const span = this.tracer.startSpan('ledger.sign', {
      kind: SpanKind.INTERNAL,
      root: true,
      startTime: new Date(began),
      attributes,
    });
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    span.end(new Date(ended));
  }

  /** Tells what is left, for a moment. */
  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MILLISECONDS);
    });
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
    await this.collector.shutdown();
  }
}
