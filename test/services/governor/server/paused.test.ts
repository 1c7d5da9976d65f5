import { holdSeconds, resumed } from '../../../../services/governor/server/paused';
import type { RunState } from '../../../../services/governor/store';

/** A run whose state the test tells, at once or later. */
const watched = (first?: RunState) => {
  const watch = { now: 0, tell: (_state: RunState): void => undefined };
  const runs = {
    watch: (_run: string, told: (state: RunState) => void) => {
      watch.now++;
      watch.tell = told;
      if (first !== undefined) told(first);
      return () => void watch.now--;
    },
  };
  return { watch, runs };
};
const never = new AbortController().signal;

test('less than Envoy grants, whatever the deadline is', () => {
  expect(holdSeconds(900)).toEqual({ hold: 900, asked: 920 });
  for (const deadline of [1, 900, 3_569, 3_600, 86_400])
    expect(holdSeconds(deadline).asked).toBeLessThanOrEqual(Math.min(deadline + 30, 3_600));
});

test.each<[RunState, string | undefined]>([
  ['open', undefined],
  ['stopped', 'run-stopped'],
  ['unknown', 'unavailable'],
])('%s, told at once or later: settled, and nobody watches any more', async (state, code) => {
  for (const first of [state, 'paused'] as const) {
    const { watch, runs } = watched(first);
    const outcome = resumed(runs, 'run-1', 60_000, never).then(
      () => undefined,
      (denial) => denial.code,
    );
    if (first === 'paused') watch.tell(state);
    expect(await outcome).toBe(code);
    expect(watch.now).toBe(0);
  }
});

test('the deadline, and a caller who leaves, end it', async () => {
  const late = watched('paused');
  await expect(resumed(late.runs, 'run-1', 1, never)).rejects.toMatchObject({ code: 'run-paused' });
  const left = watched('paused');
  const gone = new AbortController();
  const outcome = resumed(left.runs, 'run-1', 60_000, gone.signal);
  gone.abort();
  await expect(outcome).rejects.toMatchObject({ code: 'unavailable' });
  await expect(resumed(left.runs, 'run-1', 60_000, gone.signal)).rejects.toMatchObject({ code: 'unavailable' });
  expect([late.watch.now, left.watch.now]).toEqual([0, 0]);
});
