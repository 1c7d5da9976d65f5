import type { GovernorConfig } from '../../../../contract';
import { cedarInput, checkArguments } from '../../../../services/governor/authorize/arguments';
import type { JsonObject } from '../../../../services/governor/parse/json';

type Operation = GovernorConfig['tools'][string]['operations'][string];
const operation = (args: Operation['arguments']): Operation => ({
  effect: 'write',
  reach: 'external',
  returns: [],
  arguments: args,
});
const declared = operation({
  ticket: { kind: 'matches', pattern: 'T-[0-9]+', maxLength: 8 },
  body: { kind: 'text', maxLength: 3, optional: true },
  amount: { kind: 'number', min: -1, max: 10, optional: true },
  times: { kind: 'integer', min: 0, max: 5, optional: true },
  urgent: { kind: 'boolean', optional: true },
  queue: { kind: 'oneOf', values: ['a', 'b'], optional: true },
});
const check = (given: object, textual: readonly string[] = []) =>
  checkArguments(declared, given as JsonObject, new Set(textual));

test('declared arguments with declared values pass', () => {
  const given = { ticket: 'T-1', body: '😀😀😀', amount: 0.5, times: 5, urgent: false, queue: 'b' };
  expect(check(given)).toEqual(given);
  expect(check({ ticket: 'T-1' })).toEqual({ ticket: 'T-1' });
});

test.each<[string, object]>([
  ['one that is missing', {}],
  ['one that is not declared', { ticket: 'T-1', cc: 'x' }],
  ['a name of the prototype', { ticket: 'T-1', constructor: 'x' }],
  ['a pattern that matches a part', { ticket: 'xT-1' }],
  ['a line behind the pattern', { ticket: 'T-1\n' }],
  ['more characters than the pattern may have', { ticket: 'T-1234567' }],
  ['a text that is too long', { ticket: 'T-1', body: '😀😀😀😀' }],
  ['a number for a text', { ticket: 1 }],
  ['a list for a text', { ticket: ['T-1'] }],
  ['null', { ticket: null }],
  ['a number below', { ticket: 'T-1', amount: -1.1 }],
  ['a number above', { ticket: 'T-1', amount: 10.1 }],
  ['a text for a number', { ticket: 'T-1', amount: '5' }],
  ['a fraction for an integer', { ticket: 'T-1', times: 1.5 }],
  ['a text for a truth', { ticket: 'T-1', urgent: 'true' }],
  ['another value', { ticket: 'T-1', queue: 'c' }],
])('denied: %s', (_what, given) => {
  expect(() => check(given)).toThrow(/invalid-argument/);
});

test('a path and a query are text: what they declare is read from it', () => {
  expect(
    check({ ticket: 'T-1', times: '3', amount: '-0.5', urgent: 'true' }, ['ticket', 'times', 'amount', 'urgent']),
  ).toEqual({ ticket: 'T-1', times: 3, amount: -0.5, urgent: true });
  for (const times of ['0x3', '3e0', ' 3', '03', '', '+3'])
    expect(() => check({ ticket: 'T-1', times }, ['ticket', 'times'])).toThrow(/invalid-argument/);
  expect(() => check({ ticket: 'T-1', urgent: '1' }, ['ticket', 'urgent'])).toThrow(/invalid-argument/);
});

test('an internal read that declared none takes any; none declared takes none', () => {
  expect(checkArguments(operation('any'), { x: [1] }, new Set())).toEqual({ x: [1] });
  expect(() => checkArguments(operation({}), { x: 1 }, new Set())).toThrow(/not declared/);
});

test('a denial names what was declared, never what was sent', () => {
  let message = '';
  try {
    check({ ticket: 'my-secret-value' });
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('"ticket" is not');
  expect(message).not.toContain('secret');
});

test('numbers become decimals of Cedar, exactly or not at all', () => {
  expect(cedarInput(declared, { amount: 0.5, times: 3 })).toEqual({
    amount: { __extn: { fn: 'decimal', arg: '0.5000' } },
    times: 3,
  });
  expect(() => cedarInput(declared, { amount: 0.00001 })).toThrow(/invalid-argument/);
  expect(() => cedarInput(declared, { amount: 1e15 })).toThrow(/invalid-argument/);
  expect(cedarInput(operation('any'), { x: 1 })).toEqual({});
});
