import { argumentsFor, textFor, valuesFor } from '../../dev/sample';
import { Argument, Operation } from '../../lib';

describe('an example of a text', () => {
  test.each([
    '^T-[0-9]+$',
    '^C-[0-9]{1,12}$',
    String.raw`^\d{4}-\d\d-\d\d$`,
    '(a|b)c?d*',
    '^(?:EUR|USD) [1-9][0-9]*$',
    '[^a-z]{3}',
    String.raw`[A-Za-z._]+@example\.com`,
    '',
  ])('%s', (pattern) => {
    expect(textFor(pattern)).toMatch(new RegExp(`^(?:${pattern})$`));
  });

  test('is not given where none was found', () => {
    expect(textFor('^[q]$')).toBe('q');
    expect(textFor(String.raw`^\p{Greek}$`)).toBeUndefined();
  });
});

test('arguments are those that must be there', () => {
  const operation = Operation.write({
    arguments: {
      ticket: Argument.matches('^T-[0-9]+$'),
      amount: Argument.number({ min: 0.5, max: 2 }),
      sure: Argument.boolean(),
      kind: Argument.oneOf('a', 'b'),
      note: Argument.optional(Argument.text({ maxLength: 10 })),
    },
  });
  expect(argumentsFor(operation)).toEqual({ ticket: 'T-1', amount: 0.5, sure: true, kind: 'a' });
  expect(argumentsFor(Operation.read())).toEqual({});
  expect(
    argumentsFor(Operation.read({ arguments: { name: Argument.matches(String.raw`^\p{Greek}$`) } })),
  ).toBeUndefined();
});

describe('different values', () => {
  test.each<[string, Parameters<typeof valuesFor>[0], number]>([
    ['of a pattern without end', Argument.matches('^T-[0-9]+$'), 30],
    ['of a pattern of one length', Argument.matches('^[0-9]{3}$'), 12],
    ['of a text', Argument.text({ maxLength: 4 }), 30],
    ['of a number', Argument.integer({ min: 3, max: 100 }), 30],
  ])('%s', (_, argument, count) => {
    const values = valuesFor(argument, count);
    expect(new Set(values).size).toBe(count);
    for (const value of values) if (argument.kind === 'matches') expect(value).toMatch(new RegExp(argument.pattern));
  });

  test('are no more than there are', () => {
    expect(valuesFor(Argument.oneOf('a', 'b'), 5)).toEqual(['a', 'b']);
    expect(valuesFor(Argument.boolean(), 5)).toEqual([true, false]);
    expect(valuesFor(Argument.integer({ min: 1, max: 2 }), 5)).toEqual([1, 2]);
    expect(valuesFor(Argument.matches('^[q]$'), 5)).toEqual(['q']);
    expect(valuesFor(Argument.matches(String.raw`^\p{Greek}$`), 5)).toEqual([]);
  });
});
