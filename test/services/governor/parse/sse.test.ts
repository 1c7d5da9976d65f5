import { EventStream } from '../../../../services/governor/parse/sse';
import fc from '../../../support/property';

const read = (chunks: readonly (string | Uint8Array)[], limit = 1000): (string | undefined)[][] => {
  const stream = new EventStream(limit);
  const events = chunks.flatMap((chunk) => stream.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  stream.end();
  return events.map(({ event, data }) => [event, data]);
};

test('events come whole, wherever the chunks are cut', () => {
  const bytes = Buffer.from(': comment\nevent: a\ndata: ü\ndata: 2\n\r\n\r\ndata:x\n\nid: 1\ndata: {"a":"€"}\r\n\r\n');
  const whole = read([bytes]);
  expect(whole).toEqual([
    ['a', 'ü\n2'],
    [undefined, 'x'],
    [undefined, '{"a":"€"}'],
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      expect(read(chunks)).toEqual(whole);
    }),
  );
});

test.each<[string, (string | Uint8Array)[]]>([
  ['a carriage return alone', ['data: a\rdata: b\n\n']],
  ['one at the end of a chunk', ['data: a\r', 'data: b\n\n']],
  ['bytes that are not UTF-8', [Buffer.from([0x64, 0xff, 0x0a])]],
  ['a byte order mark', ['\ufeffdata: a\n\n']],
  ['a NUL', ['id: \0\n\n']],
  ['an unknown field', ['surprise: a\n\n']],
  ['an event without end', [`data: ${'x'.repeat(2000)}`]],
  ['an end in the middle of a line', ['data: a']],
  ['an end after a carriage return', ['data: a\n\r']],
])('refused: %s', (_what, chunks) => {
  expect(() => read(chunks)).toThrow(/malformed-answer/);
});

test('any bytes are events or a denial', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      try {
        read(chunks);
      } catch (error) {
        expect(String(error)).toMatch(/malformed-answer/);
      }
    }),
  );
});
