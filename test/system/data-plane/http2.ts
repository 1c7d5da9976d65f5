/** HTTP/2 by hand: for requests that no client library would write. */

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const FLAG = { END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const integer = (value: number): Buffer => {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
};

export type Headers = readonly (readonly [name: string, value: string])[];

/** A header block of literals: nothing is compressed, nothing is checked. */
export const block = (headers: Headers): Buffer =>
  Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));

/** A request in one HEADERS frame, with a body in one DATA frame. */
export const request = (headers: Headers, body = '', stream = 1): Buffer =>
  body === ''
    ? frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, stream, block(headers))
    : Buffer.concat([
        frame(FRAME.HEADERS, FLAG.END_HEADERS, stream, block(headers)),
        frame(FRAME.DATA, FLAG.END_STREAM, stream, Buffer.from(body)),
      ]);

/** What a connection begins with. */
export const opening = Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0)]);
