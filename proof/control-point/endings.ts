import type { Entry, OutcomeEntry } from '../../contract';
import type { Result } from '../verdict';
import type { Ending } from './tunnels';

/** What the log has of the end of a tunnel that was let begin; undefined where it has none. */
export function endOf(entries: readonly Entry[], { trace }: Pick<Ending, 'trace'>): OutcomeEntry | undefined {
  const begun = new Set(
    entries.flatMap((one) =>
      one.kind === 'decision' && one.how.trace === trace && one.why.effect === 'allow' ? [one.id] : [],
    ),
  );
  return entries.find((one): one is OutcomeEntry => one.kind === 'outcome' && begun.has(one.decision));
}

/**
 * Whether a tunnel ended as it must, by the log: its client sees that it is cut, and not why.
 * @param entries of the log @default - it cannot be read, for this reason
 */
export function judgeEnding(
  ending: Ending,
  entries: readonly Entry[] | string,
): Pick<Result, 'state' | 'why' | 'evidence'> {
  if (typeof entries === 'string')
    return { state: 'unproven', why: `the log does not say how it ended: ${entries}`, evidence: '' };
  const end = endOf(entries, ending);
  if (end === undefined) return { state: 'failed', why: 'the log has no end of this tunnel', evidence: '' };
  const evidence = `${end.why.code}: ${end.why.reason}`;
  if (end.why.code !== ending.code) return { state: 'failed', why: `it was not ended as ${ending.code}`, evidence };
  const { sent = 0, received = 0 } = end.how.tunnel ?? {};
  return ending.bytes?.(sent + received) === false
    ? { state: 'failed', why: 'it was ended for another cap', evidence }
    : { state: 'proven', evidence };
}
