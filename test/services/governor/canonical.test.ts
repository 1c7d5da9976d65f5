import { digestOf, digestOfBytes } from '../../../services/governor/canonical';
import type { Json } from '../../../services/governor/parse/json';
import { canonical } from '../../../services/state';
import fc from '../../support/property';

test('the order of keys does not change the digest; a value does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(digestOf(turned as Json)).toBe(digestOf(value as Json));
      expect(digestOf(value as Json)).toBe(digestOfBytes(canonical(value)));
    }),
  );
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }));
});

test('what is recorded has one canonical form with what is compared: half a character has none', () => {
  for (const value of ['\ud800', { '\udc00': 1 }, ['\udfff\ud800']])
    expect(() => digestOf(value)).toThrow('half a character');
});
