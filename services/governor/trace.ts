import { all, type Headers } from './parse/headers';

/** Version, trace, parent and flags: https://www.w3.org/TR/trace-context-1/#traceparent-header */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:$|-)/;

/** Ids in lower hex. */
export interface Trace {
  readonly trace: string;
  /** The span of the caller. */
  readonly span: string;
}

/** The trace that a request says it belongs to. It is no evidence: what cannot be read is left out. */
export function traceOf(headers: Headers): Trace | undefined {
  const [first, ...others] = all(headers, 'traceparent');
  const [, trace, span] = (others.length > 0 ? undefined : TRACEPARENT.exec(first ?? '')) ?? [];
  return trace === undefined || span === undefined ? undefined : { trace, span };
}
