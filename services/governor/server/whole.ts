import { Denial } from '../denial';

/** A smaller piece is put together with its neighbours: kept alone, one byte would take a hundred. */
const SMALL = 4_096;

/** A body that is judged whole, as its pieces come. It takes about as much memory as it is long, however it was cut. */
export class Whole {
  /** Bytes that came. */
  length = 0;
  /** Pieces that came, those without a byte too. */
  pieces = 0;
  private readonly kept: Buffer[] = [];
  /** Where small pieces go, of which so much is taken. */
  private block = Buffer.alloc(0);
  private taken = 0;

  constructor(private readonly limit: number) {}

  /** @returns why it may not: then nothing of it is kept */
  add(piece: Buffer): Denial | undefined {
    if (this.length + piece.length > this.limit)
      return new Denial('body-too-large', `more than ${this.limit} bytes; that is what is judged whole`);
    this.length += piece.length;
    this.pieces++;
    // Most bodies are one piece, which then is not copied.
    if (piece.length >= SMALL || this.length === piece.length) {
      this.closeBlock();
      if (piece.length > 0) this.kept.push(piece);
    } else {
      this.addSmall(piece);
    }
    return undefined;
  }

  bytes(): Buffer {
    this.closeBlock();
    const [first, ...more] = this.kept;
    return first !== undefined && more.length === 0 ? first : Buffer.concat(this.kept);
  }

  private addSmall(piece: Buffer): void {
    if (this.taken + piece.length > this.block.length) {
      this.closeBlock();
      this.block = Buffer.allocUnsafe(SMALL);
    }
    this.taken += piece.copy(this.block, this.taken);
  }

  private closeBlock(): void {
    if (this.taken > 0) this.kept.push(this.block.subarray(0, this.taken));
    this.block = this.block.subarray(this.taken);
    this.taken = 0;
  }
}
