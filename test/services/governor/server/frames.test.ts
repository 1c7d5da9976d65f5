import { Frames, framed } from '../../../../services/governor/server/frames';
import fc from '../../../support/property';

const MOST = 200;

/** The bytes in pieces that end at these places. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
};

test('messages come out as they went in, in whatever pieces they come', () => {
  const message = fc.uint8Array({ maxLength: MOST }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 90 }), (messages, places) => {
      const frames = new Frames(MOST);
      const all = Buffer.concat(messages.map(framed));
      expect(cut(all, places).flatMap((piece) => frames.push(piece))).toEqual(messages);
      expect(frames.partial).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('byte by byte, and what is not whole is known to be so', () => {
  const frames = new Frames(MOST);
  const bytes = framed(Buffer.alloc(MOST, 7));
  for (const byte of bytes.subarray(0, -1)) {
    expect(frames.push(Buffer.of(byte))).toEqual([]);
    expect(frames.partial).toBe(true);
  }
  expect(frames.push(bytes.subarray(-1))).toEqual([Buffer.alloc(MOST, 7)]);
});

test('a message that is too large is refused at its head', () => {
  const head = framed(Buffer.alloc(MOST + 1)).subarray(0, 5);
  expect(() => new Frames(MOST).push(head)).toThrow(expect.objectContaining({ name: 'BadFrame', tooLarge: true }));
  expect(() => new Frames(MOST).push(Buffer.of(0, 0xff, 0xff, 0xff, 0xff))).toThrow('4294967295 bytes');
});

test.each([1, 2, 0xff])('a message with the flag %i is refused', (flag) => {
  const frame = framed(Buffer.from('x'));
  frame[0] = flag;
  expect(() => new Frames(MOST).push(frame)).toThrow(expect.objectContaining({ name: 'BadFrame', tooLarge: false }));
});
