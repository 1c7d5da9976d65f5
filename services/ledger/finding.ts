/** Something in a log that is not as its checkpoint says. */
export interface Finding {
  /** The file, or the entry. */
  readonly where: string;
  readonly found: string;
  readonly expected: string;
}

/** Findings of a verification: more of them say nothing more. */
const MOST = 100;

/** Collects findings, up to a number. */
export class Findings {
  readonly all: Finding[] = [];

  add(where: string, found: string, expected: string): void {
    if (this.all.length < MOST) this.all.push({ where, found, expected });
  }

  get any(): boolean {
    return this.all.length > 0;
  }
}
