import { expect, test } from '@jest/globals';
import { celList, celString, celValue } from '../../lib/admission/policy';
import { cel, Scope } from '../../lib/minimum-bar/cel';
import { evaluate } from '../support/oracle/cel';
import fc from '../support/property';

const NOWHERE = { get: () => undefined };

/** What pods are written of: texts, whole numbers, yes and no, in lists and maps. */
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme-ascii' }),
    fc.nat(),
    fc.boolean(),
    fc.array(tie('data'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('data'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

test('a literal says what it was made of, to the bar and to the oracle', () => {
  fc.assert(
    fc.property(data, (value) => {
      const literal = celValue(value);
      expect(cel(literal)(new Scope({}))).toEqual(value);
      expect(evaluate(literal, NOWHERE)).toEqual(value);
    }),
    { numRuns: 50 },
  );
});

test('quotes and backslashes stay text', () => {
  const text = `it's \\ 'quoted'`;
  expect(celString(text)).toBe(`'it\\'s \\\\ \\'quoted\\''`);
  expect(evaluate(celList([text]), NOWHERE)).toEqual([text]);
});

test('every value of a map is of any type: an API server takes no map of mixed types', () => {
  expect(celValue({ name: 'a', mode: 288, items: ['x'] })).toBe(
    "{'name': dyn('a'), 'mode': dyn(288), 'items': dyn(['x'])}",
  );
});
