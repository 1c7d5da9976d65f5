import { readFileSync } from 'node:fs';
import { Client, credentials, status } from '@grpc/grpc-js';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { LedgerConfig } from '../../contract/ledger';

/** https://github.com/open-telemetry/opentelemetry-proto/blob/v1.9.0/opentelemetry/proto/collector/trace/v1/trace_service.proto */
const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/** A collector that does not answer in this time has not taken what it was given. */
const DEADLINE_MILLISECONDS = 3_000;
/** An answer is a few bytes; no collector fills this memory. */
const LONGEST_ANSWER = 64 * 1024;
/** Nothing of the environment's variables: no proxy, and no settings from the name server. */
const CHANNEL = {
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_channelz': 0,
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 1_000,
  'grpc.max_reconnect_backoff_ms': 30_000,
  'grpc.max_receive_message_length': LONGEST_ANSWER,
};

/** What became of spans. */
export interface Delivery {
  /** Which the collector has taken. */
  taken(spans: number): void;
  /** Which it says it has not. */
  refused(spans: number): void;
  /** Which are lost. @param reason in words of our own */
  failed(spans: number, reason: string): void;
}

type Answer = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/**
 * The collector of the environment: OTLP over gRPC and verified TLS, to the declared endpoint. The official exporter
 * takes headers, certificates and proxies from variables; this one takes nothing but the configuration.
 */
export class Collector implements SpanExporter {
  private client: Client | undefined;
  /** Of the certificate that the client trusts; undefined for the system's trust store. */
  private trusted: Buffer | undefined;

  constructor(
    private readonly config: Pick<LedgerConfig['telemetry'], 'endpoint' | 'ca'>,
    private readonly delivery: Delivery,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const failed = (reason: string): void => {
      this.delivery.failed(spans.length, reason);
      done({ code: ExportResultCode.FAILED });
    };
    try {
      this.send(ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array(), (answer, reason) => {
        if (answer === undefined) return failed(reason);
        const refused = Math.min(spans.length, Math.max(0, Number(answer.partialSuccess?.rejectedSpans ?? 0)));
        if (refused > 0) this.delivery.refused(refused);
        if (refused < spans.length) this.delivery.taken(spans.length - refused);
        done({ code: ExportResultCode.SUCCESS });
      });
    } catch (error) {
      failed(`not sent: ${(error as NodeJS.ErrnoException).code ?? (error as Error).name}`);
    }
  }

  async shutdown(): Promise<void> {
    this.client?.close();
    this.client = undefined;
  }

  private send(request: Uint8Array, told: (answer: Answer | undefined, reason: string) => void): void {
    this.client ??= this.open();
    this.client.makeUnaryRequest<Uint8Array, Answer>(
      PATH,
      (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      (bytes) => ProtobufTraceSerializer.deserializeResponse(bytes),
      request,
      { deadline: Date.now() + DEADLINE_MILLISECONDS },
      (error, answer) => {
        if (error === null && answer !== undefined) return told(answer, '');
        if (this.isRenewed()) void this.shutdown();
        told(undefined, status[error?.code ?? status.UNKNOWN] ?? 'UNKNOWN');
      },
    );
  }

  private open(): Client {
    const { endpoint, ca } = this.config;
    this.trusted = ca === undefined ? undefined : readFileSync(ca);
    return new Client(`${endpoint.host}:${endpoint.port}`, credentials.createSsl(this.trusted ?? null), CHANNEL);
  }

  /** Whether another certificate is on disk, to be trusted from the next time on. */
  private isRenewed(): boolean {
    const { ca } = this.config;
    try {
      return ca !== undefined && this.trusted?.equals(readFileSync(ca)) === false;
    } catch {
      return false;
    }
  }
}
