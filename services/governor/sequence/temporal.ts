import type { Json } from '../parse/json';
import type { Event, Reach, Taint } from './event';

/** Which events are meant; what is left out does not matter. */
export interface Pattern {
  readonly operation?: string;
  readonly phase?: Event['phase'];
  readonly reach?: Reach;
  readonly returns?: Taint;
}

/**
 * Statements about the past of a call, in the words of bounded metric temporal logic as Dogwood has them, each with
 * its window in milliseconds. `formerly`, `previous` and `since` look at the past alone; `count`, `distinct` and `sum`
 * include the call itself, so that "over" speaks of what would be if it were let through. `among`: events of other
 * phases are passed over.
 */
export type Formula =
  | { readonly is: Pattern }
  | { readonly formerly: Pattern; readonly within: number }
  | { readonly previous: Pattern; readonly among?: Event['phase']; readonly within: number }
  | {
      readonly since: Pattern;
      /** What may come after it. */
      readonly held: readonly Pattern[];
      readonly among?: Event['phase'];
      readonly within: number;
    }
  | { readonly count: Pattern; readonly over: number; readonly within: number }
  | { readonly distinct: Pattern; readonly argument: string; readonly over: number; readonly within: number }
  | { readonly sum: Pattern; readonly argument: string; readonly over: number; readonly within: number }
  | { readonly not: Formula }
  | { readonly all: readonly Formula[] }
  | { readonly any: readonly Formula[] };

const matches = (pattern: Pattern, event: Event): boolean =>
  (pattern.operation === undefined || pattern.operation === event.operation) &&
  (pattern.phase === undefined || pattern.phase === event.phase) &&
  (pattern.reach === undefined || pattern.reach === event.reach) &&
  (pattern.returns === undefined || event.returns.includes(pattern.returns));

/** Amounts are added in ten-thousandths, the digits that Cedar's decimals have: 0.1 and 0.2 are 0.3. */
const SCALE = 10_000;
const amount = (value: Json | undefined): number => {
  if (value === undefined) return 0;
  const scaled = typeof value === 'number' ? Math.round(value * SCALE) : Number.NaN;
  // What cannot be added exactly is over every threshold.
  return Number.isSafeInteger(scaled) ? scaled : Number.POSITIVE_INFINITY;
};

/** A call and what came before it, oldest first. */
export interface Moment {
  readonly past: readonly Event[];
  readonly call: Event;
}

/** A clock that went back makes an event look like it comes from the future: it is inside of every window. */
const inside = (event: Event, { call }: Moment, within: number): boolean => call.at - event.at < within;

const someLast = (moment: Moment, within: number, test: (event: Event) => boolean | undefined): boolean => {
  for (let i = moment.past.length - 1; i >= 0; i--) {
    const event = moment.past[i] as Event;
    if (!inside(event, moment, within)) continue;
    const verdict = test(event);
    if (verdict !== undefined) return verdict;
  }
  return false;
};

const reduce = (moment: Moment, pattern: Pattern, within: number, add: (event: Event) => void): void => {
  for (const event of moment.past) if (inside(event, moment, within) && matches(pattern, event)) add(event);
  if (matches(pattern, moment.call)) add(moment.call);
};

const counted = (moment: Moment, { count, within }: Extract<Formula, { count: Pattern }>): number => {
  let n = 0;
  reduce(moment, count, within, () => n++);
  return n;
};
const distinct = (moment: Moment, formula: Extract<Formula, { distinct: Pattern }>): number => {
  const values = new Set<string>();
  reduce(moment, formula.distinct, formula.within, (event) =>
    values.add(JSON.stringify(event.arguments[formula.argument]) ?? ''),
  );
  return values.size;
};
const summed = (moment: Moment, { sum, argument, within }: Extract<Formula, { sum: Pattern }>): number => {
  let total = 0;
  reduce(moment, sum, within, (event) => {
    total += amount(event.arguments[argument]);
  });
  return Number.isNaN(total) || Math.abs(total) > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : total;
};

const isAmong = ({ among }: { readonly among?: Event['phase'] }, { phase }: Event): boolean =>
  among === undefined || among === phase;

/** Going back: whether it began at this event; undefined where it held until then. */
const begun = (formula: Extract<Formula, { since: Pattern }>, event: Event): boolean | undefined => {
  if (!isAmong(formula, event)) return undefined;
  if (matches(formula.since, event)) return true;
  return formula.held.some((pattern) => matches(pattern, event)) ? undefined : false;
};

/** Whether a statement holds at a moment. Pure: time is what the events say. */
export function holds(formula: Formula, moment: Moment): boolean {
  if ('is' in formula) return matches(formula.is, moment.call);
  if ('formerly' in formula)
    return someLast(moment, formula.within, (event) => matches(formula.formerly, event) || undefined);
  if ('previous' in formula)
    return someLast(moment, formula.within, (event) =>
      isAmong(formula, event) ? matches(formula.previous, event) : undefined,
    );
  if ('since' in formula) return someLast(moment, formula.within, (event) => begun(formula, event));
  if ('count' in formula) return counted(moment, formula) > formula.over;
  if ('distinct' in formula) return distinct(moment, formula) > formula.over;
  if ('sum' in formula) return summed(moment, formula) > Math.round(formula.over * SCALE);
  if ('not' in formula) return !holds(formula.not, moment);
  if ('all' in formula) return formula.all.every((inner) => holds(inner, moment));
  return formula.any.some((inner) => holds(inner, moment));
}
