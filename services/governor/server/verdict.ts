import type { GovernorConfig } from '../../../contract/governor';
import { denialAnswer } from '../answer';
import type { Pending } from '../context';
import type { Governor, Verdict } from '../decide';
import { Denial } from '../denial';
import type { Run } from '../identify/runs';
import type { HttpRequest } from '../parse/request';
import type { RunControl } from '../store';
import { holdSeconds, resumed } from './paused';

/** What a request is judged with, and within which time. */
export interface VerdictParts {
  readonly config: Pick<GovernorConfig, 'limits' | 'approvals'>;
  readonly governor: Pick<Governor, 'request'>;
  readonly runs: Pick<RunControl, 'watch'>;
}

/** What somebody who waits for a verdict does meanwhile. */
export interface Waiting {
  /** Aborted when nobody waits any more. */
  left(): AbortSignal;
  /** Envoy has to be asked, once, for this many seconds more. */
  ask(seconds: number): void;
  /** The request was let through after its time: it does not move, and its record has to say so. */
  late(pending: Pending): Promise<void>;
}

/** The governor's verdict within the time of a decision; time in which a paused run waits does not count. */
export async function verdictInTime(
  { config, governor, runs }: VerdictParts,
  http: HttpRequest,
  waiting: Waiting,
): Promise<Verdict> {
  let expire: () => void = () => undefined;
  const expired = new Promise<undefined>((resolve) => {
    expire = () => resolve(undefined);
  });
  const start = (): NodeJS.Timeout => setTimeout(expire, config.limits.decisionMilliseconds);
  let timer = start();
  const { hold, asked } = holdSeconds(config.approvals.deadlineSeconds);
  let until: number | undefined;
  const wait = async (run: Run): Promise<void> => {
    clearTimeout(timer);
    if (until === undefined) waiting.ask(asked);
    until ??= performance.now() + hold * 1000;
    await resumed(runs, run.id, until - performance.now(), waiting.left());
    timer = start();
  };
  const work = governor.request(http, wait);
  try {
    const verdict = await Promise.race([work, expired]);
    if (verdict !== undefined) return verdict;
  } finally {
    clearTimeout(timer);
  }
  // Whatever comes of it now, nobody acts on it.
  work
    .then((verdict) => (verdict.kind === 'forward' ? waiting.late(verdict.pending) : undefined))
    .catch(() => undefined);
  const denial = new Denial('unavailable', 'the decision took too long');
  return { kind: 'deny', denial, answer: denialAnswer(denial, { kind: 'http' }, 'none') };
}
