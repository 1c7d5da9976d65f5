import { hash, randomUUID } from 'node:crypto';

/** Where a span stands: ids in lower hex, as W3C trace context writes them. */
export interface Place {
  readonly trace: string;
  readonly span: string;
  /** The question that opened the run; undefined where there is none. */
  readonly parent: string | undefined;
}

const RUN = /^run-([0-9a-f]{32})$/;

const spanOfRun = (run: string): string => hash('sha256', run).slice(0, 16);
/** Of a random UUID, which costs a fortieth of bytes that are asked of the system: its last 62 bits are random. */
const spanId = (): string => randomUUID().slice(-17).replace('-', '');

/**
 * A run is one trace, under the run's own number; every replica knows it, and no header can move a call into another
 * trace or out of this one. What belongs to no run is a trace of its own.
 * @param opens whether this is the question that opened the run
 */
export function placeOf(run: string | undefined, opens: boolean): Place {
  const trace = RUN.exec(run ?? '')?.[1];
  if (run === undefined || trace === undefined)
    return { trace: randomUUID().replaceAll('-', ''), span: spanId(), parent: undefined };
  return opens ? { trace, span: spanOfRun(run), parent: undefined } : { trace, span: spanId(), parent: spanOfRun(run) };
}
