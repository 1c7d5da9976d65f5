import protobuf from 'protobufjs';
import { MalformedMessage, readMessage, writeReply } from '../../../../services/governor/server/messages';
import fc from '../../../support/property';
import { field, fields, first, number } from '../../../system/envoy/governor';

/** Messages by hand, as Envoy's definition numbers them: nothing of the code that is tested. */
const header = (key: string, value: string | Buffer): Buffer =>
  field(1, Buffer.concat([field(1, Buffer.from(key)), field(3, Buffer.from(value))]));
const headers = (at: number, pairs: readonly (readonly [string, string | Buffer])[], end = false): Buffer =>
  field(
    at,
    Buffer.concat([field(1, Buffer.concat(pairs.map(([k, v]) => header(k, v)))), ...(end ? [number(3, 1)] : [])]),
  );
const body = (at: number, bytes: Buffer, end: boolean): Buffer =>
  field(at, Buffer.concat([field(1, bytes), ...(end ? [number(2, 1)] : [])]));

test('headers, in order, with every one of a name, and every byte', () => {
  const message = readMessage(
    headers(2, [
      [':method', 'POST'],
      ['accept', 'a'],
      ['accept', Buffer.from([0x62, 0xe9])],
    ]),
  );
  expect(message).toEqual({
    kind: 'requestHeaders',
    headers: [
      [':method', 'POST'],
      ['accept', 'a'],
      ['accept', 'b\u00e9'],
    ],
    body: Buffer.alloc(0),
    end: false,
  });
  expect(readMessage(headers(3, [[':status', '200']], true))).toMatchObject({ kind: 'responseHeaders', end: true });
});

test('bodies and trailers, and fields that nobody uses', () => {
  expect(readMessage(body(4, Buffer.from('{}'), true))).toMatchObject({ kind: 'requestBody', end: true });
  expect(readMessage(body(5, Buffer.from('{}'), false)).body.toString()).toBe('{}');
  expect(readMessage(headers(7, [['grpc-status', '0']]))).toMatchObject({ kind: 'responseTrailers', end: true });
  const more = Buffer.concat([headers(2, [['a', 'b']]), field(9, Buffer.from('xx')), number(99, 7)]);
  expect(readMessage(more).headers).toEqual([['a', 'b']]);
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['an unknown part', field(20, Buffer.from('x'))],
  ['two parts', Buffer.concat([headers(2, []), body(4, Buffer.alloc(0), true)])],
  ['noise', Buffer.alloc(16, 0xff)],
  ['half of a message', headers(2, [['a', 'b']]).subarray(0, 7)],
  ['a header in capitals', headers(2, [['Host', 'a']])],
  ['a header without a name', headers(2, [['', 'a']])],
  [
    'too many headers',
    headers(
      2,
      Array.from({ length: 129 }, (_, i) => [`h${i}`, 'v'] as const),
    ),
  ],
  ['observability mode', Buffer.concat([headers(2, [['a', 'b']]), number(10, 1)])],
])('no message: %s', (_what, bytes) => {
  expect(() => readMessage(bytes)).toThrow(MalformedMessage);
});

test('random bytes are a message or none, and nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        expect(readMessage(Buffer.from(bytes)).kind).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }),
    { numRuns: 200 },
  );
});

test('a reply says what Envoy reads, in the place of what it asked', () => {
  const at = (bytes: Buffer, ...path: number[]): Buffer => path.reduce(first, bytes);
  const set = writeReply('requestBody', { kind: 'continue', set: { 'x-firepit-run': 'abc' }, remove: ['etag'] });
  expect([...fields(set)].map(([n]) => n)).toEqual([3]);
  expect(at(set, 3, 1, 2, 1, 1, 1).toString()).toBe('x-firepit-run');
  expect(at(set, 3, 1, 2, 1, 1, 3).toString()).toBe('abc');
  expect(at(set, 3, 1, 2, 1, 3)[0]).toBe(2);
  expect(at(set, 3, 1, 2, 2).toString()).toBe('etag');
  const piece = writeReply('responseBody', { kind: 'body', body: Buffer.from('x'), end: false });
  expect(at(piece, 4, 1, 3, 3, 1).toString()).toBe('x');
  expect([...at(piece, 4, 1, 3, 3, 2)]).not.toContain(1);
  const last = writeReply('responseBody', { kind: 'body', body: Buffer.alloc(0), end: true });
  expect([...fields(last)].map(([n]) => n)).toEqual([4]);
  expect(at(last, 4, 1, 3, 3, 1)).toHaveLength(0);
  expect(at(last, 4, 1, 3, 3, 2)[0]).toBe(1);
  const replaced = writeReply('requestBody', { kind: 'continue', body: Buffer.from('x') });
  expect(at(replaced, 3, 1, 3, 1).toString()).toBe('x');
  const cleared = writeReply('requestBody', { kind: 'continue', body: Buffer.alloc(0) });
  expect(at(cleared, 3, 1, 3, 2)[0]).toBe(1);
  const no = writeReply('requestHeaders', { kind: 'immediate', status: 403, headers: { a: 'b' }, body: 'no' });
  expect([...fields(no)].map(([n]) => n)).toEqual([7]);
  expect(new protobuf.Reader(at(no, 7, 1).subarray(1)).int32()).toBe(403);
  expect(at(no, 7, 3).toString()).toBe('no');
  const wait = writeReply('requestBody', { kind: 'wait', seconds: 20 });
  expect([...fields(wait)].map(([n]) => n)).toEqual([10]);
  expect(at(wait, 10, 1)[0]).toBe(20);
});
