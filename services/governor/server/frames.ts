/** A flag that says whether the message is compressed, and its length: all of what gRPC puts before a message. */
const HEAD = 5;
/** Pieces that are kept apart; more are put together, so that many small ones take no more memory than what is in them. */
const PIECES = 64;

/** Bytes that are no messages of gRPC, or larger ones than are taken. */
export class BadFrame extends Error {
  override readonly name = 'BadFrame';
  constructor(
    message: string,
    /** Whether it would be one if it were smaller. */
    readonly tooLarge: boolean,
  ) {
    super(message);
  }
}

/** Messages out of the pieces that a stream of gRPC comes in: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export class Frames {
  private pieces: Buffer[] = [];
  private length = 0;

  /** @param most bytes of one message */
  constructor(private readonly most: number) {}

  /** Whether the last message is not whole. */
  get partial(): boolean {
    return this.length > 0;
  }

  /** The messages that are whole with this piece. @throws BadFrame before anything larger is kept */
  push(piece: Buffer): Buffer[] {
    this.pieces.push(piece);
    this.length += piece.length;
    if (this.pieces.length > PIECES) this.together();
    const messages: Buffer[] = [];
    for (let whole = this.whole(); whole !== undefined && this.length >= whole; whole = this.whole())
      messages.push(this.take(whole).subarray(HEAD));
    return messages;
  }

  /** Length of the next message with its head; undefined while that has not come. */
  private whole(): number | undefined {
    if (this.length < HEAD) return undefined;
    const head = (this.pieces[0] as Buffer).length < HEAD ? this.together() : (this.pieces[0] as Buffer);
    if (head[0] !== 0) throw new BadFrame('a compressed message', false);
    const length = head.readUInt32BE(1);
    if (length > this.most) throw new BadFrame(`a message of ${length} bytes; at most ${this.most} are taken`, true);
    return HEAD + length;
  }

  private take(bytes: number): Buffer {
    const all = this.pieces.length === 1 ? (this.pieces[0] as Buffer) : this.together();
    this.length -= bytes;
    this.pieces = this.length === 0 ? [] : [all.subarray(bytes)];
    return all.subarray(0, bytes);
  }

  private together(): Buffer {
    const all = Buffer.concat(this.pieces);
    this.pieces = [all];
    return all;
  }
}

/** A message as it is sent. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, HEAD);
  return frame;
}
