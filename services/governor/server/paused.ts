import { Denial } from '../denial';
import type { RunControl } from '../store';
import { ended } from './ended';

/** Envoy grants an hour at most (`max_message_timeout`, as `lib` writes it), and the no must arrive before that ends. */
const LONGEST_SECONDS = 3_570;
/** Room for the reply to arrive after the deadline. */
const ROOM_SECONDS = 20;

/** How long a call of a paused run waits, and how much time Envoy is asked for. @param deadline of approvals, in seconds */
export const holdSeconds = (deadline: number): { readonly hold: number; readonly asked: number } => {
  const hold = Math.min(deadline, LONGEST_SECONDS);
  return { hold, asked: Math.ceil(hold) + ROOM_SECONDS };
};

/**
 * Resolves once a paused run goes on.
 * @param milliseconds until the deadline
 * @param signal aborted when nobody waits any more
 * @throws Denial when the run is stopped, the deadline passes, or the store cannot say
 */
export function resumed(
  runs: Pick<RunControl, 'watch'>,
  run: string,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const ends: (() => void)[] = [];
    let settled = false;
    const clean = (): void => {
      for (const end of ends.splice(0)) end();
    };
    const settle = (denial?: Denial): void => {
      settled = true;
      clean();
      if (denial === undefined) resolve();
      else reject(denial);
    };
    const gone = (): void => settle(new Denial('unavailable', 'nobody waits for the answer any more'));
    if (signal.aborted) return gone();
    signal.addEventListener('abort', gone);
    const late = setTimeout(
      () => settle(new Denial('run-paused', 'nobody resumed the run before the deadline')),
      Math.max(0, milliseconds),
    );
    const unwatch = runs.watch(run, (state) => {
      if (state === 'open') settle();
      else if (state !== 'paused') settle(ended(state));
    });
    ends.push(
      () => signal.removeEventListener('abort', gone),
      () => clearTimeout(late),
      unwatch,
    );
    // It may have been told at once, before there was anything to end.
    if (settled) clean();
  });
}
