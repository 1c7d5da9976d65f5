import type { RunControl } from './runs';

/** How often runs that are over are forgotten. */
const HOUR = 3_600_000;
/** How long after they expired: by then nothing of them is in flight. */
const GRACE = 24 * HOUR;

/** Forgets runs some time after they expired: they hold names of people. @returns ends it */
export function expiring(
  runs: Pick<RunControl, 'expire'>,
  clock: () => number,
  problem: (error: Error) => void,
): () => void {
  const timer = setInterval(() => void runs.expire(clock() - GRACE).catch(problem), HOUR).unref();
  return () => clearInterval(timer);
}
