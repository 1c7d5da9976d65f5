import type { Database, Spool } from '../../state';

/** How soon the spool is emptied once the database is back. */
const DRAIN_MILLISECONDS = 1_000;

/** Empties the spool as long as something is in it. @param problem told why it could not, and what it left out @returns ends it */
export function draining(spool: Spool, database: Database, problem: (error: Error) => void): () => void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy || spool.size === 0) return;
    busy = true;
    spool
      .drain(database, problem)
      .catch(problem)
      .finally(() => {
        busy = false;
      });
  }, DRAIN_MILLISECONDS).unref();
  return () => clearInterval(timer);
}
