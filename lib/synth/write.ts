import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { asRefusal, isSystemError, refuse } from './refusal';
import { discard, type Output, type Staged, stage, swap } from './stage';

export type { Output } from './stage';

/**
 * Writes environments, all or none: each is staged beside its target, then all are swapped in. Whatever Firepit did not
 * write stays where it is; what it wrote before and no longer writes goes.
 */
export class Transaction {
  private readonly staged: Staged[] = [];
  /** Folders made on the way, outermost first. */
  private readonly made: string[] = [];

  /**
   * Writes an environment beside its target. Nothing else may be staged for the same target.
   * @returns whether anything would change
   * @throws FirepitError `output`
   */
  stage(output: Output): boolean {
    try {
      this.makeFolder(output.outdir);
      const staged = stage(output);
      if (staged !== undefined) this.staged.push(staged);
      return staged !== undefined;
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /**
   * Puts everything that is staged in the place of what was there.
   * @throws FirepitError `output`; the previous output is whole and nothing is staged
   */
  commit(): void {
    const undo: (() => void)[] = [];
    try {
      for (const one of this.staged) swap(one, undo);
    } catch (error) {
      this.rollBack(undo);
      throw asRefusal(error);
    }
    this.cleanUp();
  }

  /** Removes what is staged. */
  abort(): void {
    for (const { fresh } of this.staged) rmSync(fresh, { recursive: true, force: true });
    for (const folder of this.made.toReversed()) attempt(() => rmdirSync(folder));
  }

  private makeFolder(folder: string): void {
    if (existsSync(folder)) return;
    if (dirname(folder) !== folder) this.makeFolder(dirname(folder));
    mkdirSync(folder);
    this.made.push(folder);
  }

  private rollBack(undo: readonly (() => void)[]): void {
    try {
      for (const step of undo.toReversed()) step();
      this.abort();
    } catch (error) {
      const folders = this.staged.map(({ previous }) => previous).join(', ');
      throw refuse(
        `the previous output could not be put back (${String(error)}); it is in ${folders}`,
        'run again: the next run puts it back first',
      );
    }
  }

  /** What cannot be removed now is removed by the next run. */
  private cleanUp(): void {
    for (const { previous } of this.staged) if (existsSync(previous)) attempt(() => discard(previous));
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/**
 * Writes environments, all or none.
 * @returns for each, whether anything changed
 * @throws FirepitError `output`; the previous output is whole
 */
export function writeAll(outputs: readonly Output[]): boolean[] {
  const transaction = new Transaction();
  try {
    const changed = outputs.map((output) => transaction.stage(output));
    transaction.commit();
    return changed;
  } catch (error) {
    transaction.abort();
    throw error;
  }
}
