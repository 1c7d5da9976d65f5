import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Denial } from '../denial';

const bad = (what: string): Denial => new Denial('malformed-answer', what);

/**
 * An event stream that all readers split alike: UTF-8, no line that ends in a carriage return alone, no unknown
 * field, no event over the limit.
 */
export class EventStream {
  private readonly text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly events: EventSourceMessage[] = [];
  private readonly parser: { feed(chunk: string): void };
  private afterReturn = false;
  private lineEnd = true;
  private problem: Denial | undefined;

  constructor(maxBytes: number) {
    this.parser = createParser({
      maxBufferSize: maxBytes,
      onEvent: (event) => void this.events.push(event),
      onError: ({ type }) => {
        this.problem = bad(
          type === 'max-buffer-size-exceeded'
            ? `an event of more than ${maxBytes} bytes`
            : `the event stream has an ${type.replaceAll('-', ' ')}`,
        );
      },
    });
  }

  /** Events that this chunk completes. */
  push(chunk: Uint8Array): readonly EventSourceMessage[] {
    let text: string;
    try {
      text = this.text.decode(chunk, { stream: true });
    } catch {
      throw bad('the event stream is not UTF-8');
    }
    if (text === '') return [];
    if (text.includes('\ufeff') || text.includes('\0')) throw bad('the event stream holds a byte order mark or a NUL');
    if (/\r[^\n]/.test(text) || (this.afterReturn && !text.startsWith('\n')))
      throw bad('a line of the event stream ends in a carriage return alone');
    this.afterReturn = text.endsWith('\r');
    this.lineEnd = text.endsWith('\n');
    this.events.length = 0;
    this.parser.feed(text);
    if (this.problem !== undefined) throw this.problem;
    return [...this.events];
  }

  /** A last line without an end is read by some and dropped by others. */
  end(): void {
    if (!this.lineEnd || this.afterReturn) throw bad('the event stream ends in the middle of a line');
  }
}
