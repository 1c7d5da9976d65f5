import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Whole } from '../../../../services/governor/server/whole';
import fc from '../../../support/property';

/** Around the size from which a piece is kept as it came. */
const long = fc.integer({ min: 2_000, max: 5_000 }).map((length) => new Uint8Array(length).fill(length % 251));

test('is what came, in its order, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), long)), (pieces) => {
      const whole = new Whole(Number.POSITIVE_INFINITY);
      for (const piece of pieces) expect(whole.add(Buffer.from(piece))).toBeUndefined();
      expect(whole.bytes()).toEqual(Buffer.concat(pieces));
      expect([whole.length, whole.pieces]).toEqual([whole.bytes().length, pieces.length]);
    }),
  );
});

test('takes nothing of a piece by which it would be too large, and the last byte that fits', () => {
  const whole = new Whole(4);
  expect(whole.add(Buffer.from('abc'))).toBeUndefined();
  expect(whole.add(Buffer.from('de'))).toMatchObject({ code: 'body-too-large' });
  expect(whole.bytes().toString()).toBe('abc');
  expect(whole.add(Buffer.from('d'))).toBeUndefined();
  expect(whole.add(Buffer.from('e'))).toMatchObject({ code: 'body-too-large' });
});

test('is kept in about as much memory as it is long, however small its pieces are', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const used = (): number => {
    gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const megabyte = 1_048_576;
  const whole = new Whole(megabyte);
  const before = used();
  // Each comes in a message of its own.
  for (let byte = 0; byte < megabyte; byte++) whole.add(Buffer.alloc(1, byte));
  expect((used() - before) / megabyte).toBeLessThan(3);
  expect(whole.bytes()).toHaveLength(megabyte);
});
