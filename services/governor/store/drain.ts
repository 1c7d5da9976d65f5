import type { Database, Spool } from '../../state';

/** How soon the spool is emptied once the database is back. */
const DRAIN_MILLISECONDS = 1_000;

/**
 * Empties the spool as long as something is in it.
 * @param problem told why it could not, and what was left out
 * @returns ends it, after one last attempt where something waits: the volume may go with the pod
 */
export function draining(spool: Spool, database: Database, problem: (error: Error) => void): () => Promise<void> {
  let busy = false;
  const drain = async (): Promise<void> => {
    if (busy || spool.size === 0) return;
    busy = true;
    await spool.drain(database, problem).catch(problem);
    busy = false;
  };
  const timer = setInterval(() => void drain(), DRAIN_MILLISECONDS).unref();
  return async () => {
    clearInterval(timer);
    await drain();
    if (spool.size > 0)
      problem(new Error(`${spool.size} bytes in the spool wait for the database, and the governor ends`));
  };
}
