import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Denial } from '../../../../services/governor/denial';
import { decodeBody } from '../../../../services/governor/parse/body';
import fc from '../../../support/property';

const LIMIT = 1000;
const decode = (encoding: string, body: Buffer, limit = LIMIT): Buffer =>
  decodeBody([['content-encoding', encoding]], body, limit);
const encoders = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

describe.each(Object.entries(encoders))('%s', (encoding, encode) => {
  test('is decoded, up to the limit', () => {
    expect(decode(encoding, encode(Buffer.alloc(LIMIT, 'a')))).toEqual(Buffer.alloc(LIMIT, 'a'));
    expect(() => decode(encoding, encode(Buffer.alloc(LIMIT + 1, 'a')))).toThrow(/body-too-large/);
  });

  test('a bomb is refused after the limit', () => {
    expect(() => decode(encoding, encode(Buffer.alloc(20_000_000)), 100_000)).toThrow(/body-too-large/);
  });

  test('damaged, cut, or with bytes behind it: refused', () => {
    const good = encode(Buffer.from('{"a":1}'));
    for (const bad of [
      good.subarray(0, -3),
      Buffer.concat([good, Buffer.from('{}')]),
      Buffer.from('{}'),
      Buffer.alloc(0),
    ])
      expect(() => decode(encoding, bad)).toThrow(Denial);
  });

  test('any bytes are content or a denial', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(encoding, Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Denial);
        }
      }),
    );
  });
});

test.each(['zstd', 'gzip, gzip', 'compress', 'gzip,br', 'constructor'])('not decoded: %s', (encoding) => {
  expect(() => decode(encoding, gzipSync('{}'))).toThrow(/unsupported-encoding/);
});
