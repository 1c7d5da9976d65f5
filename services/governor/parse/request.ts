import type { Denial } from '../denial';
import type { Headers } from './headers';
import type { Json, JsonObject } from './json';

/** A request as Envoy holds it, whole. */
export interface HttpRequest {
  readonly door: 'front' | 'back';
  readonly method: string;
  /** With the query, as the caller wrote it and Envoy normalised it; of a CONNECT host and port. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** A piece of text in a request or an answer, and where its author stands. */
export interface Passage {
  readonly zone: 'user' | 'model' | 'toolResult';
  readonly text: string;
}

/** A tool-use block of a model: which tool it wants, with which arguments. */
export interface ToolUse {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** What a request asks for, in one vocabulary whatever its protocol. */
export type Call =
  | {
      readonly kind: 'operation';
      readonly tool: string;
      readonly operation: string;
      /** As sent; paths and queries are text. */
      readonly arguments: JsonObject;
      /** Arguments of a path or query are text on the wire, and what they declare is read from it. */
      readonly textual: ReadonlySet<string>;
    }
  | { readonly kind: 'infer'; readonly model: string; readonly name: string }
  | { readonly kind: 'ask'; readonly agent: string }
  /** A person stops, pauses or resumes a run. */
  | { readonly kind: 'turn'; readonly run: string; readonly turn: 'stop' | 'pause' | 'resume'; readonly reason: string }
  /** What a protocol needs around its calls: it reads and changes nothing that was declared. */
  | { readonly kind: 'housekeeping'; readonly tool: string; readonly method: string };

/** How denials and answers are shaped for whoever asked. */
export type Protocol =
  | {
      readonly kind: 'mcp' /** Of the request; undefined for notifications and answers. */;
      readonly id?: string | number;
    }
  | { readonly kind: 'anthropic' }
  | { readonly kind: 'openai' }
  | { readonly kind: 'http' }
  /** A tunnel: what is in it is read by nobody. */
  | { readonly kind: 'connect' };

/** A request that was understood. */
export interface Parsed {
  readonly protocol: Protocol;
  readonly call: Call;
  readonly passages: readonly Passage[];
  readonly body: Json | undefined;
}

/** A request that was not, with the protocol its denial is told in. */
export interface Refused {
  readonly protocol: Protocol;
  readonly denial: Denial;
}
