import { canonicalJson, digestOf } from '../../../services/governor/canonical';
import type { Json } from '../../../services/governor/parse/json';
import fc from '../../support/property';

test('canonical JSON is that of RFC 8785', () => {
  // The example of section 3.2.2 and the sorting of section 3.2.3.
  expect(
    canonicalJson({
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\nA\'B"\\\\"/',
      literals: [null, true, false],
    }),
  ).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  expect(canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 })).toBe(
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  );
});

test('the order of keys does not change the digest; a value does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(digestOf(turned as Json)).toBe(digestOf(value as Json));
    }),
  );
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }));
});
