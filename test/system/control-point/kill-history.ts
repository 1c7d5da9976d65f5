import type { Entry } from '../../../contract';

/** What was seen of the calls, in one order: everything is seen by one process. */
export type Seen =
  | { readonly kind: 'asked'; readonly call: number }
  /** The database has said that it keeps the entry. */
  | { readonly kind: 'kept'; readonly entry: Entry }
  /** The upstream has the request. */
  | { readonly kind: 'reached'; readonly call: number }
  /** The caller has what there is; `whole`: everything that the upstream says, as a success. */
  | { readonly kind: 'answered'; readonly call: number; readonly whole: boolean };

type Decision = Extract<Entry, { kind: 'decision' }>;
type Outcome = Extract<Entry, { kind: 'outcome' }>;

/** The trace that a call says it belongs to: its decision has it too. */
export const traceOf = (call: number): string => (call + 1).toString(16).padStart(32, '0');

const times = <T>(values: readonly T[]): Map<T, number> => {
  const counted = new Map<T, number>();
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
  return counted;
};
const twice = <T>(values: readonly T[]): T[] => [...times(values)].filter(([, n]) => n > 1).map(([value]) => value);

interface Allowed {
  readonly id: string;
  readonly place: number;
  /** Nothing is judged by its outcome, which follows the answer; see docs/decisions/0038. */
  readonly follows: boolean;
}

/** Where in the history something was first seen. */
function placesOf(seen: readonly Seen[]): {
  readonly kept: ReadonlyMap<string, number>;
  readonly allowed: ReadonlyMap<string, Allowed>;
  readonly outcomes: ReadonlyMap<string, (readonly [outcome: Outcome, place: number])[]>;
} {
  const kept = new Map<string, number>();
  const allowed = new Map<string, Allowed>();
  const outcomes = new Map<string, (readonly [Outcome, number])[]>();
  seen.forEach((event, place) => {
    if (event.kind !== 'kept' || kept.has(event.entry.id)) return;
    const { entry } = event;
    kept.set(entry.id, place);
    if (entry.kind === 'decision' && entry.why.effect === 'allow' && entry.how.trace !== undefined)
      allowed.set(entry.how.trace, { id: entry.id, place, follows: entry.what.operation.startsWith('infer:') });
    if (entry.kind === 'outcome')
      outcomes.set(entry.decision, [...(outcomes.get(entry.decision) ?? []), [entry, place]]);
  });
  return { kept, allowed, outcomes };
}

/** What is wrong with the log by itself, and against what was kept. */
function wrongsOfLog(kept: ReadonlyMap<string, number>, log: readonly Entry[]): string[] {
  const ids = new Set(log.map(({ id }) => id));
  const allows = log.filter((entry): entry is Decision => entry.kind === 'decision' && entry.why.effect === 'allow');
  const allowed = new Set(allows.map(({ id }) => id));
  const became = log.filter((entry): entry is Outcome => entry.kind === 'outcome');
  return [
    ...[...kept.keys()].filter((id) => !ids.has(id)).map((id) => `entry ${id} was kept, and is lost`),
    ...twice(log.map(({ id }) => id)).map((id) => `entry ${id} is there twice`),
    ...twice(allows.flatMap(({ how }) => how.trace ?? [])).map((trace) => `call ${trace} is allowed twice`),
    ...became
      .filter(({ decision }) => !allowed.has(decision))
      .map(({ id }) => `outcome ${id} is of no call that was allowed`),
    // One that may not have been kept is followed by one that says that nothing passed: the first of them stands.
    ...twice(became.map(({ decision }) => decision)).map((decision) => `decision ${decision} came out twice`),
  ];
}

/**
 * Holds what was seen and what the log has in the end against what is promised.
 * @returns what is wrong, in words; nothing where all of it holds
 */
export function wrongs(seen: readonly Seen[], log: readonly Entry[]): string[] {
  const { kept, allowed, outcomes } = placesOf(seen);
  const found = wrongsOfLog(kept, log);
  const mayPass = (call: number, place: number): boolean => {
    const { id = '', follows = false } = allowed.get(traceOf(call)) ?? {};
    const known = outcomes.get(id) ?? [];
    if (follows) return known.every(([{ what }]) => !what.withheld);
    return known.some(([{ what }, since]) => since < place && !what.withheld);
  };
  const answered = new Set<number>();
  const reached: number[] = [];
  seen.forEach((event, place) => {
    if (event.kind === 'reached') {
      const { place: since = Number.POSITIVE_INFINITY } = allowed.get(traceOf(event.call)) ?? {};
      if (since > place) found.push(`call ${event.call} was forwarded before its decision was kept`);
      reached.push(event.call);
    } else if (event.kind === 'answered') {
      if (event.whole && !mayPass(event.call, place))
        found.push(`call ${event.call} was answered before its outcome was kept`);
      answered.add(event.call);
    }
  });
  for (const call of twice(reached)) found.push(`call ${call} was forwarded twice`);
  for (const event of seen)
    if (event.kind === 'asked' && !answered.has(event.call)) found.push(`call ${event.call} waits for ever`);
  return found;
}

/** Answers that passed, and whose outcome was not kept: those of the moment in which a governor was killed. */
export function unrecorded(seen: readonly Seen[], log: readonly Entry[]): number {
  const { allowed } = placesOf(seen);
  const became = new Set(log.flatMap((entry) => (entry.kind === 'outcome' ? [entry.decision] : [])));
  return seen.filter(
    (event) => event.kind === 'answered' && event.whole && !became.has(allowed.get(traceOf(event.call))?.id ?? ''),
  ).length;
}

/** How many of these there were in the busiest window, in milliseconds, by the time that entries say. */
export function busiest(log: readonly Entry[], operation: string, window: number): number {
  const at = log
    .filter((e) => e.kind === 'decision' && e.why.effect === 'allow' && e.what.operation === operation)
    .map(({ time }) => Date.parse(time))
    .sort((a, b) => a - b);
  return Math.max(0, ...at.map((start) => at.filter((time) => time >= start && time - start < window).length));
}
