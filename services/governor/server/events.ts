import type { Claim } from '../explain';
import { type Headers, mediaType, one } from '../parse/headers';
import type { Turn } from '../parse/turn';
import type { SseEvent } from './sse-event';

/** What one event of an answer comes to. */
export interface Taken {
  /** What may be passed on, in its place. */
  readonly events: readonly SseEvent[];
  /** From here on everything waits until the answer is on record: somebody could act on it. */
  readonly waits?: true;
  /** Set by the last event: what the answer was, for the record. It goes to the record before this event passes. */
  readonly over?: Summary;
}

/** What an answer was, once it is over. */
export interface Summary {
  readonly failed: boolean;
  readonly claims: readonly Claim[];
  /** Of a model. */
  readonly turn?: Turn;
}

/** Events, one by one; whatever else comes is judged whole. A header that is not clear is the whole answer's problem. */
export function isEventStream(headers: Headers): boolean {
  try {
    return (
      mediaType(headers) === 'text/event-stream' && (one(headers, 'content-encoding') ?? 'identity') === 'identity'
    );
  } catch {
    return false;
  }
}

/** Reads the events of an answer in its protocol. Whatever is thrown ends the answer. */
export interface Events {
  take(event: SseEvent): Promise<Taken>;
  /** The upstream ended the stream. */
  end(): Promise<Taken>;
  /** What the guard took out so far. */
  readonly cleaned: readonly string[];
}
