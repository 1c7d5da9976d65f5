import { canonical } from '../../../services/state';

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
});
