import type { Database } from './database';
import { append, type Written } from './entries';

/** A place that keeps entries. When `keep` resolves, all of the batch survives what the place promises to survive. */
export interface Sink {
  readonly name: string;
  keep(batch: readonly Written[]): Promise<void>;
}

/** The database as a sink. */
export const databaseSink = (database: Database): Sink => ({
  name: 'database',
  keep: async (batch) => {
    await append(database, batch);
  },
});
