import { Room } from '../../../../services/governor/server/room';
import fc from '../../../support/property';

test('is for all together: who needs what is not there gets nothing more, and who gives back makes room', () => {
  const room = new Room(10);
  const [one, other] = [{}, {}];
  expect(room.holds(one, 6)).toBe(true);
  expect(room.holds(other, 5)).toBe(false);
  expect(room.holds(other, 4)).toBe(true);
  expect(room.holds(one, 7)).toBe(false);
  expect(room.holds(one, 2)).toBe(true);
  expect(room.holds(other, 8)).toBe(true);
  expect(room.holds(one, 0)).toBe(true);
  expect(room.holds(other, 10)).toBe(true);
});

test('never holds more than there is, whoever asks and gives back', () => {
  const whose = [{}, {}, {}];
  const step = fc.tuple(fc.nat(2), fc.nat(12));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const room = new Room(20);
      const held = [0, 0, 0];
      for (const [who, bytes] of steps) {
        const fits = held.reduce((sum, one, i) => sum + (i === who ? bytes : one), 0) <= 20;
        expect(room.holds(whose[who] as object, bytes)).toBe(fits);
        if (fits) held[who] = bytes;
      }
    }),
  );
});
