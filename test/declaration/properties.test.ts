import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { environment } from '../../lib/declaration';
import { declarations } from '../support/arbitrary-declaration';

describe('any valid declaration', () => {
  test('is what was written', () => {
    fc.assert(
      fc.property(declarations, (d) => expect(environment(d)).toEqual(d)),
      { numRuns: 200 },
    );
  });
});
