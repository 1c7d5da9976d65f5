import { expect, test } from '@jest/globals';
import type { Event } from '../../../../services/governor/sequence/event';
import { openTunnels } from '../../../../services/governor/sequence/open-tunnels';

const event = (call: string, changes: Partial<Event> = {}): Event => ({
  at: 1_000_000,
  call,
  phase: 'request',
  operation: 'packages.connect',
  reach: 'external',
  returns: [],
  arguments: {},
  ...changes,
});
const open = (...past: Event[]): number => openTunnels(past, event('next'), 300);

test('those of the same host that began and have no end are open', () => {
  expect(open()).toBe(0);
  expect(open(event('1'), event('2'))).toBe(2);
  expect(open(event('1'), event('2', { operation: 'mirror.connect' }))).toBe(1);
});

test.each(['response', 'error'] as const)('%s is an end, of that one alone', (phase) => {
  expect(open(event('1'), event('2'), event('1', { phase }))).toBe(1);
});

test('one without an end counts for as long as it could be open, and a minute', () => {
  const ago = (milliseconds: number): number => open(event('1', { at: 1_000_000 - milliseconds }));
  expect([ago(0), ago(359_999), ago(360_000)]).toEqual([1, 1, 0]);
});
