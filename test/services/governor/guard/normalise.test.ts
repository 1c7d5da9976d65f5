import { readings } from '../../../../services/governor/guard/normalise';
import fc from '../../../support/property';

const DEPTH = 3;

/** What stands encoded in a text, found by trying every place. */
const encoded = (text: string): string[] =>
  (
    [
      ['base64', /[A-Za-z0-9+/_-]{24,}={0,2}/g],
      ['hex', /(?:[0-9A-Fa-f]{2}){16,}/g],
    ] as const
  ).flatMap(([encoding, pattern]) =>
    (text.match(pattern) ?? []).map((run) => Buffer.from(run, encoding).toString('latin1')),
  );

const ascii = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

test('every run of letters that may be an encoding is read, wherever it stands', () => {
  const words = fc.string({ minLength: 20, maxLength: 40, unit: 'grapheme-ascii' });
  const piece = fc.oneof(
    words.map((text) => Buffer.from(text).toString('base64')),
    words.map((text) => Buffer.from(text).toString('base64url')),
    words.map((text) => Buffer.from(text).toString('hex')),
    fc.constantFrom('=', '==', ' ', '0', 'f', '_', '-', ', ', 'deadbeef'.repeat(4), 'word '),
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
      const text = pieces.join('');
      for (const hidden of encoded(text).filter(ascii)) {
        let found: readonly string[];
        try {
          found = readings(text, DEPTH);
        } catch {
          return; // Deeper than is looked through: it does not pass at all.
        }
        expect(found).toContain(hidden);
      }
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['a%41', 'aA'],
  ['\\u0041', 'A'],
  ['&#65;', 'A'],
  ['&#x41;', 'A'],
  ['Ａ', 'A'],
  [`(${Buffer.from('eighteen letters!!').toString('base64')})`, 'eighteen letters!!'],
])('%j is read as %j too', (text, reading) => expect(readings(text, DEPTH)).toContain(reading));

test.each([['plain words, and some more of them'], ['x'.repeat(23)], ['3f'.repeat(11)]])(
  'there is one reading of %j',
  (text) => expect(readings(text, DEPTH)).toEqual([text]),
);
