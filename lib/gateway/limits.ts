/**
 * What one request may weigh and how long it may take, in both Envoys and in the governor's own configuration:
 * one source, so that no part accepts what another cannot judge.
 */
export const LIMITS = {
  /** A body that is judged is held whole. Below the 4 MiB that gRPC servers accept by default. */
  bodyBytes: 2 * 1024 * 1024,
  headerKilobytes: 32,
  headers: 100,
  /** What the governor gives itself for a decision without people. */
  decisionMilliseconds: 5_000,
  /** What Envoy waits for an answer of the governor, unless the governor asks for more because people decide. */
  messageSeconds: 10,
  /** Most that Envoy grants when asked (`max_message_timeout` in ext_proc.proto). */
  maxMessageSeconds: 3_600,
  /** A governor that says nothing for this long, not even that it is there, has no connection any more. */
  aliveSeconds: 5,
  /** Head of a request, from the first byte. */
  requestHeaderSeconds: 10,
  connectSeconds: 5,
  /** TLS handshake of somebody who connects: until then nobody knows who holds the connection. */
  handshakeSeconds: 3,
  /** Connections without a request. */
  idleSeconds: 60,
  /** Answer of an HTTP API, from the end of the request. Models and MCP servers stream, and have an idle limit. */
  answerSeconds: 60,
  /** Connections are renewed, so that certificates and name lookups are judged again. */
  connectionSeconds: 900,
  streams: 100,
  /** Calls of one agent that one governor has open at once, in each direction. The governor knows who calls; Envoy does not. */
  agentCalls: 256,
  gatewayConnections: 4_096,
  /** Of these at the back, where agents connect: the rest is for people and for those who ask whether it works. */
  agentConnections: 3_072,
  sidecarConnections: 512,
} as const;

/** JSON is nested no deeper than this. */
export const JSON_DEPTH = 64;

/** Longest wait for people: Envoy's own limit, or the deadline with a little room for the refusal to arrive. */
export const holdSeconds = (deadlineSeconds: number): number =>
  Math.min(deadlineSeconds + 30, LIMITS.maxMessageSeconds);

/** A stream without a byte in either direction: longer than any wait for people. */
export const idleStreamSeconds = (deadlineSeconds: number): number => holdSeconds(deadlineSeconds) + 30;
