import { Denial } from '../denial';

/** More than any client says first; keys that withstand quantum computers make it about 2 KiB. */
const LONGEST = 16 * 1024;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

const notTls = (what: string): Denial => new Denial('malformed-message', `the tunnel does not begin with TLS: ${what}`);

/** Fields of TLS in order: numbers, and pieces behind their lengths (RFC 8446, section 3.4). */
class Fields {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw notTls('a field is longer than what holds it');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  number(size: 1 | 2 | 3): number {
    return this.take(size).readUIntBE(0, size);
  }

  piece(size: 1 | 2 | 3): Fields {
    return new Fields(this.take(this.number(size)));
  }
}

/** The handshake in its records, as far as it has come. */
const handshakeIn = (bytes: Buffer): Buffer => {
  const fragments: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE) throw notTls('the first record is no handshake');
    if (at + 5 > bytes.length) break;
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    fragments.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(fragments);
};

const nameIn = (hello: Fields): string => {
  hello.take(2 + 32);
  hello.piece(1);
  hello.piece(2);
  hello.piece(1);
  const extensions = hello.piece(2);
  const names: string[] = [];
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const value = extensions.piece(2);
    if (type !== SERVER_NAME) continue;
    const list = value.piece(2);
    while (list.left > 0) {
      if (list.number(1) !== HOST_NAME) throw notTls('it names what is no host');
      const name = list.piece(2);
      names.push(name.take(name.left).toString('latin1'));
    }
  }
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) throw notTls(`it names ${names.length} hosts, not one`);
  return name;
};

/**
 * The host that a client names in the first message of TLS (RFC 6066, section 3).
 * @param bytes all that came so far
 * @returns undefined while the message is not whole
 * @throws Denial when it is no such message, or names no host
 */
export function helloName(bytes: Buffer): string | undefined {
  const handshake = handshakeIn(bytes);
  if (handshake.length > 0 && handshake[0] !== CLIENT_HELLO) throw notTls('the first message is no ClientHello');
  const length = handshake.length < 4 ? undefined : handshake.readUIntBE(1, 3);
  if (length !== undefined && handshake.length >= 4 + length)
    return nameIn(new Fields(handshake.subarray(4, 4 + length)));
  if (bytes.length > LONGEST || (length ?? 0) > LONGEST) throw notTls(`the ClientHello is over ${LONGEST} bytes`);
  return undefined;
}
