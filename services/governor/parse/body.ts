import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Denial } from '../denial';
import { type Headers, one } from './headers';

/** The part of zlib's answer that tells how much of the input it took. */
interface Decoded {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
type Decoder = (body: Buffer, options: { readonly maxOutputLength: number; readonly info: true }) => Decoded;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: gunzipSync as unknown as Decoder,
  'x-gzip': gunzipSync as unknown as Decoder,
  deflate: inflateSync as unknown as Decoder,
  br: brotliDecompressSync as unknown as Decoder,
};

const tooLarge = (limit: number): Denial =>
  new Denial('body-too-large', `more than ${limit} bytes, decoded; that is what is judged whole`);

/**
 * The body as its reader will see it, within the limit, or a denial. One encoding at most; what stands behind the
 * encoded content is a denial, because readers differ in whether they see it.
 */
export function decodeBody(headers: Headers, body: Buffer, limit: number): Buffer {
  if (body.length > limit) throw tooLarge(limit);
  const encoding = one(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return body;
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (decoder === undefined)
    throw new Denial('unsupported-encoding', 'the content encoding is not gzip, deflate or br, alone');
  let decoded: Decoded;
  try {
    decoded = decoder(body, { maxOutputLength: limit, info: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new Denial('unsupported-encoding', 'the body is not encoded as its header says');
  }
  if (decoded.engine.bytesWritten !== body.length)
    throw new Denial('unsupported-encoding', 'there are bytes behind the encoded content');
  return decoded.buffer;
}
