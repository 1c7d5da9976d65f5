/** An event of an event stream: https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export interface SseEvent {
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  readonly data: string;
}

const line = (field: string, value: string): string => `${field}: ${value}\n`;

/** The event as bytes that every reader splits alike: what was judged is what is written, and nothing beside it. */
export const written = ({ event, id, data }: SseEvent): string =>
  [
    ...(event === undefined ? [] : [line('event', event)]),
    ...(id === undefined ? [] : [line('id', id)]),
    ...data.split(/\r\n|[\r\n]/).map((part) => line('data', part)),
    '\n',
  ].join('');
