import type { Event } from '../../../../services/governor/sequence/event';

let calls = 0;

/** An event of `tickets.reply`, unless it says otherwise. */
export const event = (at: number, props: Partial<Event> = {}): Event => ({
  at,
  call: `call-${calls++}`,
  phase: 'request',
  operation: 'tickets.reply',
  reach: 'external',
  returns: [],
  arguments: {},
  ...props,
});
export const search = (at: number, props: Partial<Event> = {}): Event =>
  event(at, { operation: 'tickets.search', reach: 'internal', returns: ['untrusted'], ...props });
export const customer = (at: number, props: Partial<Event> = {}): Event =>
  event(at, { operation: 'crm.customer', reach: 'internal', returns: ['sensitive'], ...props });
