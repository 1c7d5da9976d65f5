import fc from '../../../support/property';

/** What tends to be read in two ways, or not at all. */
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\\',
  '\\u0000',
  '\\ud800',
  '\u0000',
  '\ufeff',
  '\u2028',
  '\r',
  '\n',
  '\n\n',
  '\r\n\r\n',
  'data:',
  'data: [DONE]\n\n',
  'event: x\n',
  'null',
  '-0',
  '1e999',
  '9007199254740993',
  '"__proto__":',
  '"constructor":{"prototype":1},',
  '"method":"tools/call",',
  '"name":"purge",',
  '"arguments":{},',
  '"jsonrpc":"2.0",',
  '"model":"other",',
  '"type":"tool_use",',
  '"index":1,',
  '['.repeat(100),
  '{"a":'.repeat(80),
  'A'.repeat(3_000),
].map((text) => Buffer.from(text));
const BYTES = [0x00, 0x80, 0xbf, 0xc0, 0xed, 0xfe, 0xff].map((byte) => Buffer.from([byte]));

type Change = (bytes: Buffer) => Buffer;
const where = fc.nat(100_000);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(where, fc.nat(255)).map(
    ([at, byte]): Change =>
      (bytes) => {
        const other = Buffer.from(bytes);
        if (other.length > 0) other[at % other.length] = byte;
        return other;
      },
  ),
  fc.tuple(where, fc.nat(40)).map(
    ([at, length]): Change =>
      (bytes) => {
        const from = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
      },
  ),
  fc.tuple(where, fc.nat(200), where).map(
    ([at, length, to]): Change =>
      (bytes) => {
        const from = at % (bytes.length + 1);
        const place = to % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, place), bytes.subarray(from, from + length), bytes.subarray(place)]);
      },
  ),
  fc.tuple(where, fc.constantFrom(...PIECES, ...BYTES)).map(
    ([at, piece]): Change =>
      (bytes) => {
        const place = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, place), piece, bytes.subarray(place)]);
      },
  ),
  where.map(
    (at): Change =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
);

/** Good input with a few damages: near enough to what is expected that parsers read on. */
export const damaged = (good: readonly (string | Buffer)[]): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.constantFrom(...good), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([start, changes]) => changes.reduce<Buffer>((bytes, one) => one(bytes), Buffer.from(start as string)));
