import { describe, expect, test } from '@jest/globals';
import { problems } from '../../lib/declaration/_explain';
import { Argument, Operation, operationSchema, Reach, Route, Taint } from '../../lib/declaration/operation';

const patternProblems = (pattern: unknown): readonly { expected: string; fix: string }[] =>
  problems(operationSchema, Operation.read({ arguments: { x: Argument.matches(pattern as string) } }));

describe('operations', () => {
  test('read inside and return nothing tainted, unless they say so', () => {
    expect(Operation.read()).toEqual({ effect: 'read', reach: 'internal', returns: [] });
    expect(Operation.write({ reach: Reach.EXTERNAL, returns: [Taint.SENSITIVE] })).toEqual({
      effect: 'write',
      reach: 'external',
      returns: ['sensitive'],
    });
    expect(Operation.destructive({ route: Route.delete('/a') }).route).toEqual({ method: 'DELETE', path: '/a' });
  });

  test('cannot be given another effect by what is spread in', () => {
    expect(Operation.destructive({ reach: 'internal', ...{ effect: 'read' } }).effect).toBe('destructive');
  });
});

describe('patterns', () => {
  test.each([
    ...['^T-[0-9]+$', '(?i)yes|no', '\\p{Greek}+', '(?P<id>[a-z]+)', 'a{1,1000}', '[[:alpha:]]', '\\bx\\b', 'a*?', ''],
    'x'.repeat(512),
  ])('of RE2 may be written: %s', (pattern) => {
    expect(patternProblems(pattern)).toEqual([]);
  });

  test.each([
    ...[
      '(?=x)',
      '(?!x)',
      '(?<=x)y',
      '(?<!x)y',
      '(a)\\1',
      '(?P<n>a)(?P=n)',
      'a++',
      '(?>a)',
      'a{1001}',
      '(a{1000}){1000}',
    ],
    ...['[', '(', ')', '*', 'a**', '\\', '[z-a]', '\\u0041', '(?x) a', '\\Z'],
  ])('of other engines may not: %s', (pattern) => {
    const [problem, ...more] = patternProblems(pattern);
    expect(more).toEqual([]);
    expect(problem?.expected).toBe('an RE2 pattern: no look-around, no back-reference, no possessive quantifier');
    expect(problem?.fix).toMatch(/^[a-z].*; https:\/\/github\.com\/google\/re2\/wiki\/Syntax lists what there is$/);
  });

  test('are short', () => {
    expect(patternProblems('x'.repeat(513))[0]?.expected).toBe('an RE2 pattern of at most 512 characters');
  });

  test.each([/x/, null, undefined, 7])('are text, not %p', (pattern) => {
    expect(patternProblems(pattern)).toHaveLength(1);
  });
});

describe('arguments', () => {
  const argument = (value: unknown): string[] =>
    problems(operationSchema, Operation.read({ arguments: { x: value as Argument } })).map((f) => f.path);

  test.each([
    Argument.text({ maxLength: 1 }),
    Argument.text({ maxLength: 65536 }),
    Argument.number({ min: -1.5, max: 1e308 }),
    Argument.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    Argument.boolean(),
    Argument.oneOf('a', 'ä', 'b c'),
    Argument.optional(Argument.boolean()),
  ])('may be %j', (value) => {
    expect(argument(value)).toEqual([]);
  });

  test.each([
    [Argument.text({ maxLength: 0 }), 'maxLength'],
    [Argument.text({ maxLength: 65537 }), 'maxLength'],
    [Argument.text({ maxLength: 1.5 }), 'maxLength'],
    [Argument.number({ min: Number.NaN, max: 1 }), 'min'],
    [Argument.number({ min: 0, max: Number.POSITIVE_INFINITY }), 'max'],
    [Argument.integer({ min: 0.5, max: 1 }), 'min'],
    [Argument.integer({ min: 0, max: 2 ** 53 }), 'max'],
    [Argument.oneOf(), 'values'],
    [Argument.oneOf('a', ''), 'values[1]'],
    [Argument.oneOf('a\n'), 'values[0]'],
    [{ kind: 'boolean', optional: false }, 'optional'],
    [{ kind: 'bool' }, 'kind'],
  ])('may not be %j', (value, where) => {
    expect(argument(value)).toEqual([`arguments.x.${where}`]);
  });
});
