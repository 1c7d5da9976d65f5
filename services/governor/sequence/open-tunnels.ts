import type { Event } from './event';

/** How much longer than its time a tunnel counts: its end is recorded after it. */
const SLACK_MILLISECONDS = 60_000;

/**
 * How many tunnels are open when another one is asked for: let begin, by whichever replica, without an end on record. A
 * governor that died takes its tunnels with it and records no end, so none counts for longer than it could be open.
 * @param past everything that the agent did
 * @param seconds that one tunnel may be open
 */
export function openTunnels(past: readonly Event[], { at, operation }: Event, seconds: number): number {
  const since = at - seconds * 1000 - SLACK_MILLISECONDS;
  const ended = new Set(past.flatMap(({ phase, call }) => (phase === 'request' ? [] : [call])));
  return past.filter(
    (event) => event.phase === 'request' && event.operation === operation && event.at > since && !ended.has(event.call),
  ).length;
}
