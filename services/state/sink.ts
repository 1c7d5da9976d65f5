import type { Database } from './database';
import { appendWhere, type Refusal, type Written } from './entries';

/** A place that keeps entries. */
export interface Sink {
  readonly name: string;
  /** Whether it can tell if a condition holds. One that cannot is never given an entry that has one. */
  readonly judges: boolean;
  /**
   * When it resolves, all of the batch survives what the place promises to survive, but what it refuses.
   * @returns for each entry why it was refused; undefined where it is kept
   */
  keep(batch: readonly Written[]): Promise<readonly (Refusal | undefined)[]>;
}

/** The server said so, as opposed to silence or a broken connection; but when it goes away it says so as well. */
const isAnswer = (error: unknown): boolean => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code);
};

/** The database as a sink. What was not answered is asked again, once: an entry that is there already is one entry. */
export const databaseSink = (database: Database): Sink => ({
  name: 'database',
  judges: true,
  keep: async (batch) => {
    const answers = await appendWhere(database, batch).catch((error: unknown) => {
      if (isAnswer(error) || database.kind === 'embedded') throw error;
      return appendWhere(database, batch);
    });
    return answers.map((answer) => (typeof answer === 'number' ? undefined : answer));
  },
});
