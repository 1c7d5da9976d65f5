import { parse, type Type } from 'protobufjs';
import type { Headers } from '../parse/headers';

/**
 * What the governor uses of envoy.service.ext_proc.v3 (Envoy 1.40): names are ours to choose, numbers and types are
 * Envoy's. Fields that are not here are skipped, as proto3 has it.
 */
const PROTO = `
syntax = "proto3";
message HeaderValue { string key = 1; string value = 2; bytes raw_value = 3; }
message HeaderMap { repeated HeaderValue headers = 1; }
message HttpHeaders { HeaderMap headers = 1; bool end_of_stream = 3; }
message HttpBody { bytes body = 1; bool end_of_stream = 2; }
message HttpTrailers { HeaderMap trailers = 1; }
message ProcessingRequest {
  HttpHeaders request_headers = 2;
  HttpHeaders response_headers = 3;
  HttpBody request_body = 4;
  HttpBody response_body = 5;
  HttpTrailers request_trailers = 6;
  HttpTrailers response_trailers = 7;
  bool observability_mode = 10;
}
message HeaderValueOption { HeaderValue header = 1; int32 append_action = 3; }
message HeaderMutation { repeated HeaderValueOption set_headers = 1; repeated string remove_headers = 2; }
message StreamedBodyResponse { bytes body = 1; bool end_of_stream = 2; }
message BodyMutation { oneof mutation { bytes body = 1; bool clear_body = 2; StreamedBodyResponse streamed_response = 3; } }
message CommonResponse { HeaderMutation header_mutation = 2; BodyMutation body_mutation = 3; }
message Continued { CommonResponse response = 1; }
message TrailersResponse { HeaderMutation header_mutation = 1; }
message HttpStatus { int32 code = 1; }
message ImmediateResponse { HttpStatus status = 1; HeaderMutation headers = 2; bytes body = 3; }
message Duration { int64 seconds = 1; }
message ProcessingResponse {
  Continued request_headers = 1;
  Continued response_headers = 2;
  Continued request_body = 3;
  Continued response_body = 4;
  TrailersResponse request_trailers = 5;
  TrailersResponse response_trailers = 6;
  ImmediateResponse immediate_response = 7;
  Duration override_message_timeout = 10;
}`;

const { root } = parse(PROTO);
const REQUEST: Type = root.lookupType('ProcessingRequest');
const RESPONSE: Type = root.lookupType('ProcessingResponse');

/** gRPC method that Envoy calls. */
export const PATH = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

export const KINDS = [
  'requestHeaders',
  'responseHeaders',
  'requestBody',
  'responseBody',
  'requestTrailers',
  'responseTrailers',
] as const;
export type Kind = (typeof KINDS)[number];

/** One part of a request or an answer. */
export interface Message {
  readonly kind: Kind;
  /** Of headers and trailers; bytes of values as Latin-1, so that none is lost. */
  readonly headers: Headers;
  /** Of a body. */
  readonly body: Buffer;
  /** Nothing follows in this direction. */
  readonly end: boolean;
}

/** What Envoy is to do. */
export type Reply =
  /** The part passes. */
  | {
      readonly kind: 'continue';
      /** Set, in place of whatever is there. */
      readonly set?: Readonly<Record<string, string>>;
      readonly remove?: readonly string[];
      /** In place of this piece of a request's body. */
      readonly body?: Buffer;
    }
  /** This much of an answer's body passes: Envoy keeps nothing of it, and it is all the same in how many pieces it came. */
  | {
      readonly kind: 'body';
      readonly body: Buffer;
      /** Nothing follows. */
      readonly end: boolean;
    }
  | {
      readonly kind: 'immediate';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The real reply comes later, within this time. Envoy takes it once for each part of a request, and for none of an answer. */
  | { readonly kind: 'wait'; readonly seconds: number };

/** Bytes that no Envoy of ours sends. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** Envoy lets 100 headers through, and adds its own and the pseudo headers. */
const MAX_HEADERS = 128;

interface Wire {
  readonly headers?: { readonly headers: readonly WireHeader[] } | null;
  readonly trailers?: { readonly headers: readonly WireHeader[] } | null;
  readonly body?: Buffer;
  readonly endOfStream?: boolean;
}
interface WireHeader {
  readonly key: string;
  readonly value: string;
  /** A buffer, because the message is one. */
  readonly rawValue: Buffer;
}

const headersOf = (map: readonly WireHeader[]): Headers => {
  if (map.length > MAX_HEADERS) throw new MalformedMessage(`found ${map.length} headers; expected: ${MAX_HEADERS}`);
  return map.map(({ key, value, rawValue }) => {
    if (key === '' || key !== key.toLowerCase())
      throw new MalformedMessage('the name of a header is not in lower case');
    return [key, rawValue.length > 0 ? rawValue.toString('latin1') : value];
  });
};

/** Reads what Envoy sent. @throws MalformedMessage on whatever it does not send */
export function readMessage(bytes: Buffer): Message {
  let wire: Record<string, unknown>;
  try {
    wire = REQUEST.decode(bytes) as unknown as Record<string, unknown>;
  } catch {
    throw new MalformedMessage('not a ProcessingRequest');
  }
  const [kind, ...more] = KINDS.filter((name) => wire[name] !== null && wire[name] !== undefined);
  if (kind === undefined || more.length > 0) throw new MalformedMessage('not one part of a request or an answer');
  if (wire.observabilityMode === true) throw new MalformedMessage('observability mode, in which nothing can be denied');
  const part = wire[kind] as Wire;
  return {
    kind,
    headers: headersOf(part.headers?.headers ?? part.trailers?.headers ?? []),
    body: Buffer.from(part.body ?? []),
    end: kind.endsWith('Trailers') || part.endOfStream === true,
  };
}

/** HeaderAppendAction: the header has this value and no other. */
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

const mutation = (set: Readonly<Record<string, string>> = {}, remove: readonly string[] = []): object | undefined =>
  Object.keys(set).length === 0 && remove.length === 0
    ? undefined
    : {
        setHeaders: Object.entries(set).map(([key, value]) => ({
          header: { key, rawValue: Buffer.from(value) },
          appendAction: OVERWRITE_IF_EXISTS_OR_ADD,
        })),
        removeHeaders: remove,
      };

const continued = (kind: Kind, { set, remove, body }: Extract<Reply, { kind: 'continue' }>): object => {
  const headerMutation = mutation(set, remove);
  if (kind.endsWith('Trailers')) return { [kind]: { headerMutation } };
  const bodyMutation = body === undefined ? undefined : body.length === 0 ? { clearBody: true } : { body };
  return { [kind]: { response: { headerMutation, bodyMutation } } };
};

/** Most parts pass as they are. */
const passes = (reply: Reply): boolean =>
  reply.kind === 'continue' && reply.body === undefined && mutation(reply.set, reply.remove) === undefined;
const PASSES = new Map(KINDS.map((kind) => [kind, encoded(continued(kind, { kind: 'continue' }))]));

/** The reply as Envoy reads it. @param kind the part that it answers */
export function writeReply(kind: Kind, reply: Reply): Buffer {
  const known = passes(reply) ? PASSES.get(kind) : undefined;
  if (known !== undefined) return known;
  if (reply.kind === 'body') return bodyReply(kind, reply);
  const wire = ((): object => {
    switch (reply.kind) {
      case 'continue':
        return continued(kind, reply);
      case 'immediate':
        return {
          immediateResponse: {
            status: { code: reply.status },
            headers: mutation(reply.headers),
            body: Buffer.from(reply.body),
          },
        };
      case 'wait':
        return { overrideMessageTimeout: { seconds: reply.seconds } };
    }
  })();
  return encoded(wire);
}

/** Every answer has one, and nothing in it has to be made dense. */
function bodyReply(kind: Kind, { body, end }: Extract<Reply, { kind: 'body' }>): Buffer {
  const streamedResponse = { body, endOfStream: end };
  return Buffer.from(RESPONSE.encode({ [kind]: { response: { bodyMutation: { streamedResponse } } } }).finish());
}

function encoded(wire: object): Buffer {
  return Buffer.from(RESPONSE.encode(RESPONSE.fromObject(dense(wire) as Record<string, unknown>)).finish());
}

/** Without keys that have no value: the encoder takes none. */
function dense(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(dense);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, dense(inner)]])),
  );
}
