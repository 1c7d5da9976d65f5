import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { parse } from 'protobufjs';
import type { Leaf } from '../envoy/pki';

/** The fields of OTLP 1.9 that are looked at; whatever else comes is in the bytes. */
const { root } = parse(`
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  bytes parent_span_id = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  repeated Link links = 13;
  Status status = 15;
}
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; Value value = 2; }
message Value {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; List array_value = 5; }
}
message List { repeated Value values = 1; }
message Response { Partial partial_success = 1; }
message Partial { int64 rejected_spans = 1; string error_message = 2; }`);
const REQUEST = root.lookupType('Request');
const RESPONSE = root.lookupType('Response');

export type Attribute = string | number | boolean | readonly Attribute[];

/** A span as it arrived; ids in hex, times in milliseconds. */
export interface Arrived {
  readonly name: string;
  readonly kind: number;
  readonly trace: string;
  readonly span: string;
  readonly parent: string;
  readonly links: readonly string[];
  readonly status: { readonly code: number; readonly message: string };
  readonly milliseconds: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly resource: Readonly<Record<string, Attribute>>;
}

interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly WireValue[] };
}
type WireAttributes = readonly { readonly key: string; readonly value: WireValue }[];
interface WireSpan {
  readonly [key: string]: unknown;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes?: WireAttributes;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

const plain = ({ stringValue, boolValue, intValue, doubleValue, arrayValue }: WireValue): Attribute =>
  stringValue ?? boolValue ?? intValue ?? doubleValue ?? (arrayValue?.values ?? []).map(plain);
const attributesOf = (list: WireAttributes = []): Record<string, Attribute> =>
  Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]));
const hex = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');

const arrived = (span: WireSpan, resource: Arrived['resource']): Arrived => ({
  name: span.name,
  kind: span.kind,
  trace: hex(span.traceId),
  span: hex(span.spanId),
  parent: hex(span.parentSpanId),
  links: (span.links ?? []).map(({ traceId, spanId }) => `${hex(traceId)}-${hex(spanId)}`),
  status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
  milliseconds: (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6,
  attributes: attributesOf(span.attributes),
  resource,
});

interface WireRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: WireAttributes };
    readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[];
  }[];
}

const spansOf = (bytes: Buffer): Arrived[] => {
  const { resourceSpans = [] } = REQUEST.toObject(REQUEST.decode(bytes), {
    longs: Number,
    bytes: String,
  }) as WireRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => arrived(span, attributesOf(resource?.attributes)))),
  );
};

/** What a collector does with what it gets. */
export type Manner = 'takes' | 'refuses' | 'is silent' | 'fails' | 'answers garbage';

const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** An OTLP collector over gRPC and TLS, which keeps what it got. */
export class Receiver {
  readonly bytes: Buffer[] = [];
  readonly spans: Arrived[] = [];
  manner: Manner = 'takes';
  private server: Server | undefined;

  /** @returns the port that it listens on */
  async start({ cert, key }: Leaf, port = 0): Promise<number> {
    const server = new Server();
    const same = (bytes: Buffer): Buffer => bytes;
    const method = { path: PATH, requestStream: false, responseStream: false } as const;
    server.addService(
      {
        export: {
          ...method,
          requestDeserialize: same,
          requestSerialize: same,
          responseSerialize: same,
          responseDeserialize: same,
        },
      },
      { export: (call: { request: Buffer }, done: Done) => this.take(call.request, done) },
    );
    this.server = server;
    const credentials = ServerCredentials.createSsl(null, [
      { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) },
    ]);
    return new Promise((resolve, reject) => {
      server.bindAsync(`localhost:${port}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
  }

  stop(): void {
    this.server?.forceShutdown();
  }

  private take(bytes: Buffer, done: Done): void {
    if (this.manner === 'is silent') return;
    this.bytes.push(bytes);
    if (this.manner === 'fails') done({ code: status.INTERNAL, details: 'no' });
    else if (this.manner === 'answers garbage') done(null, Buffer.alloc(64, 0xff));
    else this.answer(bytes, done);
  }

  private answer(bytes: Buffer, done: Done): void {
    const spans = spansOf(bytes);
    if (this.manner === 'takes') this.spans.push(...spans);
    const partialSuccess = { rejectedSpans: spans.length, errorMessage: 'no room' };
    const answer = this.manner === 'refuses' ? { partialSuccess } : {};
    done(null, Buffer.from(RESPONSE.encode(RESPONSE.fromObject(answer)).finish()));
  }
}
type Done = (error: { code: number; details: string } | null, answer?: Buffer) => void;
