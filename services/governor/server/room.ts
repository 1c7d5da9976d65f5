/** Bytes that are held for all exchanges of a governor together; what one agent may have of them is in `shares.ts`. */
export class Room {
  private readonly held = new Map<object, number>();
  private sum = 0;

  constructor(private readonly most: number) {}

  /** Sets what is held for one. @returns whether there was room for it; where there was none, nothing changes */
  holds(whose: object, bytes: number): boolean {
    const sum = this.sum - this.of(whose) + bytes;
    if (sum > this.most && bytes > this.of(whose)) return false;
    this.sum = sum;
    if (bytes === 0) this.held.delete(whose);
    else this.held.set(whose, bytes);
    return true;
  }

  private of(whose: object): number {
    return this.held.get(whose) ?? 0;
  }
}
