import { Denial } from '../../../../services/governor/denial';
import { decodeUtf8, parseJson } from '../../../../services/governor/parse/json';
import fc from '../../../support/property';

const DEPTH = 64;
const read = (text: string): unknown => parseJson(text, DEPTH);

describe('JSON that everybody reads alike', () => {
  test.each([
    '{}',
    '[]',
    'null',
    ' { "a" : [ 1 , -2.5e3 , "x" ] } ',
    '"\\ud83d\\ude00"',
    '0',
    '-0.0',
    '9007199254740991',
  ])('is read: %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ['two keys', '{"a":1,"a":2}'],
    ['two keys, one of them escaped', '{"a":1,"\\u0061":2}'],
    ['two keys deep inside', '[{"x":{"a":1,"b":[],"a":1}}]'],
    ['two equal empty keys', '{"":1,"":1}'],
    ['a prototype', '{"__proto__":{}}'],
    ['an escaped prototype', '{"__pr\\u006fto__":{}}'],
    ['half a character', '"\\ud83d"'],
    ['the other half', '{"\\ude00":1}'],
    ['a pair the wrong way round', '"\\ude00\\ud83d"'],
    ['an integer that loses digits', '9007199254740993'],
    ['a number without end', '1e400'],
    ['a number that becomes zero', '1e-400'],
    ['a fraction of too many digits', '1.0000000000000000001'],
    ['bytes after the end', '{}{}'],
    ['text after the end', '{} x'],
    ['a NUL after the end', '{}\0'],
    ['a comment', '{/**/}'],
    ['a trailing comma', '[1,]'],
    ['single quotes', "{'a':1}"],
    ['NaN', '[NaN]'],
    ['a byte order mark', '\ufeff{}'],
    ['nothing', ''],
    ['deeper than allowed', '['.repeat(DEPTH + 1) + ']'.repeat(DEPTH + 1)],
    ['a million brackets', '['.repeat(1_000_000)],
  ])('is not: %s', (_what, text) => {
    expect(() => read(text)).toThrow(Denial);
  });

  test('as deep as allowed is read, and brackets in strings do not count', () => {
    expect(read('['.repeat(DEPTH) + ']'.repeat(DEPTH))).toBeDefined();
    expect(read(`["${'['.repeat(1000)}\\"["]`)).toBeDefined();
  });

  test('bytes that are not UTF-8 are not read', () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x22, 0xe2, 0x82, 0x22], [0xf4, 0x90, 0x80, 0x80]])
      expect(() => decodeUtf8(Buffer.from(bytes))).toThrow(Denial);
    expect(decodeUtf8(Buffer.from('"ü"'))).toBe('"ü"');
  });

  test('any text is a value that JSON.parse sees alike, or a denial', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u0061',
      '1',
      '-',
      '.',
      'e',
      'null',
      ' ',
      '\n',
      '__proto__',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 30 }).map((p) => p.join('')),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(read(input)).toEqual(JSON.parse(input));
        } catch (error) {
          expect(error).toBeInstanceOf(Denial);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('what JSON.stringify writes is read', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|\\ud[89a-f]|\d{16}|e[-+]\d/.test(text));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});
