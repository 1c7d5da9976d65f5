import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { helloName } from '../../../../services/governor/parse/client-hello';
import fc from '../../../support/property';

/** The first bytes that a TLS client of Node says. */
const helloOf = (servername: string | undefined): Promise<Buffer> =>
  new Promise((done) => {
    const socket = new Duplex({
      read: () => undefined,
      write: (piece: Buffer, _encoding, next) => {
        done(piece);
        next();
      },
    });
    connect({ socket, ...(servername === undefined ? {} : { servername }) }).on('error', () => undefined);
  });

let hello: Buffer;
beforeAll(async () => {
  hello = await helloOf('packages.example.com');
});
const record = (fragment: Buffer): Buffer => {
  const head = Buffer.from([22, 3, 1, 0, 0]);
  head.writeUInt16BE(fragment.length, 3);
  return Buffer.concat([head, fragment]);
};

test('names the host, whole or in records of any size', () => {
  expect(helloName(hello)).toBe('packages.example.com');
  const message = hello.subarray(5);
  for (const size of [1, 4, 100]) {
    const fragments = Array.from({ length: Math.ceil(message.length / size) }, (_, i) =>
      record(message.subarray(i * size, (i + 1) * size)),
    );
    expect(helloName(Buffer.concat(fragments))).toBe('packages.example.com');
  }
});

test('says nothing before it is whole', () => {
  for (let length = 0; length < hello.length; length++) expect(helloName(hello.subarray(0, length))).toBeUndefined();
});

test.each<[what: string, bytes: () => Buffer | Promise<Buffer>]>([
  ['plain HTTP', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a greeting of SSH', () => Buffer.from('SSH-2.0-OpenSSH_9.9\r\n')],
  ['a TLS alert', () => Buffer.from([21, 3, 1, 0, 2, 1, 0])],
  ['another handshake message', () => record(Buffer.from([2, 0, 0, 0]))],
  ['no name', () => helloOf(undefined)],
  ['a length that no client says', () => record(Buffer.from([1, 255, 255, 255]))],
  ['more and more of nothing', () => Buffer.concat(Array.from({ length: 4_000 }, () => record(Buffer.alloc(0))))],
])('is a denial, and never a name: %s', async (_what, bytes) => {
  const said = await bytes();
  expect(() => helloName(said)).toThrow(expect.objectContaining({ code: 'malformed-message' }));
});

test('whatever bytes are changed: the name, another one, nothing yet or a denial, and nothing else', () => {
  fc.assert(
    fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(hello);
      changed[at] = byte;
      try {
        const name = helloName(changed);
        expect(name === undefined || typeof name === 'string').toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'malformed-message' });
      }
    }),
    { numRuns: 200 },
  );
});
