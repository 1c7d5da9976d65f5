import { Denial } from '../denial';

/** A body that is judged whole, as its pieces come. */
export class Whole {
  /** Bytes that came. */
  length = 0;
  /** Pieces that came, those without a byte too. */
  pieces = 0;
  private readonly kept: Buffer[] = [];

  constructor(private readonly limit: number) {}

  /** @returns why it may not: then nothing of it is kept */
  add(piece: Buffer): Denial | undefined {
    if (this.length + piece.length > this.limit)
      return new Denial('body-too-large', `more than ${this.limit} bytes; that is what is judged whole`);
    this.length += piece.length;
    this.pieces++;
    if (piece.length > 0) this.kept.push(piece);
    return undefined;
  }

  bytes(): Buffer {
    const [first, ...more] = this.kept;
    return first !== undefined && more.length === 0 ? first : Buffer.concat(this.kept);
  }
}
