import { Whole } from '../../../../services/governor/server/whole';
import fc from '../../../support/property';

test('is what came, in its order, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
      const whole = new Whole(10_000);
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
