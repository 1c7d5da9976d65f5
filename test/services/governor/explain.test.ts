import { claimsOf, explanationOf } from '../../../services/governor/explain';

const claims = claimsOf('call-1', [
  { name: 'tickets_search', arguments: { b: [1, 2], a: 'x' } },
  { name: 'search', arguments: { a: 'x', b: [1, 2] } },
  { name: 'reply', arguments: {} },
]);
const call = (operation: string, args: object, tool = 'tickets') => ({
  tool,
  operation,
  arguments: args as Record<string, never>,
});
const SEARCH = call('search', { a: 'x', b: [1, 2] });

test('the turn that asked for a call explains it, whatever the order of its keys', () => {
  expect(explanationOf(SEARCH, claims, new Set())?.id).toBe('call-1.0');
});

test('a claim explains one call', () => {
  expect(explanationOf(SEARCH, claims, new Set(['call-1.0']))?.id).toBe('call-1.1');
  expect(explanationOf(SEARCH, claims, new Set(['call-1.0', 'call-1.1']))).toBeUndefined();
});

test.each(['search', 'tickets.search', 'tickets_search', 'tickets__search', 'mcp__tickets__search'])(
  'clients call the tool %s',
  (name) => {
    expect(explanationOf(call('search', {}), claimsOf('c', [{ name, arguments: {} }]), new Set())).toBeDefined();
  },
);

test.each([
  ['another argument', call('search', { a: 'y', b: [1, 2] })],
  ['one argument more', call('search', { a: 'x', b: [1, 2], c: 1 })],
  ['another operation', call('reply', { a: 'x', b: [1, 2] })],
  ["another tool's", call('customer', {}, 'crm')],
])('nobody asked for %s', (_what, unasked) => {
  expect(explanationOf(unasked, claims, new Set())).toBeUndefined();
});
