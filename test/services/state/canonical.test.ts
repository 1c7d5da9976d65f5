import { canonical } from '../../../services/state';
import fc from '../../support/property';

describe('canonical JSON', () => {
  // The example of RFC 8785, section 3.2.2 and 3.2.3.
  test('is that of the RFC', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonical(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('orders keys by UTF-16 code units', () => {
    expect(canonical({ '\ufb33': 1, '\u{1f600}': 2, '\r': 3, '1': 4, ö: 5 })).toBe(
      '{"\\r":3,"1":4,"ö":5,"\u{1f600}":2,"\ufb33":1}',
    );
  });

  test('-0 is 0', () => expect(canonical([-0])).toBe('[0]'));

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['\ud800'], [{ '\udc00': 1 }], [undefined], [1n]])(
    '%p has none',
    (value) => expect(() => canonical(value)).toThrow(),
  );

  test('an escape that only looks like half a character is a text', () => {
    expect(JSON.parse(canonical('\\ud800'))).toBe('\\ud800');
  });

  /** The form of RFC 8785, one rule after the other; the oracle shares no code with what it judges. */
  const form = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(form).join()}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${form(inner)}`).join()}}`;
  };

  test('is the same however the keys stood, in order or not', () => {
    const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
    fc.assert(
      fc.property(json, (value) => {
        const text = form(value);
        expect(canonical(value)).toBe(text);
        expect(canonical(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [{ '10': 1, '9': 2 }, '{"10":1,"9":2}'],
    [{ a: 1, '-': 2 }, '{"-":2,"a":1}'],
    [JSON.parse('{"__proto__":1,"a":[{"b":1,"a":2}]}'), '{"__proto__":1,"a":[{"a":2,"b":1}]}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [[undefined], '[null]'],
    [{ a: 1, b: { toJSON: 'a text' } }, '{"a":1,"b":{"toJSON":"a text"}}'],
  ])('of %j is %s', (value, text) => expect(canonical(value)).toBe(text));

  test.each([[[1, Number.NaN]], [{ a: { b: Number.NEGATIVE_INFINITY } }], [{ a: '\udc00' }]])(
    'nothing in order hides what has none: %j',
    (value) => expect(() => canonical(value)).toThrow(),
  );
});
