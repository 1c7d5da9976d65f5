import { assertShort, type From, headAfter, StateError, type StepRow } from '../../state';
import type { MadeClaim, Past } from '../history';
import type { Event, Taint } from '../sequence/event';
import type { SequenceStep } from './read';

/** A row with what it says. */
export interface Read {
  readonly row: Pick<StepRow, 'index' | 'before' | 'head' | 'taint'>;
  readonly step: SequenceStep;
}

/** A step that this replica records just now; calls that come meanwhile are judged as if it were there. */
interface Pending {
  readonly head: string;
  readonly step: SequenceStep;
}

interface Known {
  /** Nothing that is younger than this is missing, in milliseconds since 1970. */
  floor: number;
  index: number;
  head: string;
  taint: readonly string[];
  steps: SequenceStep[];
  /** What the steps say. */
  said: Said;
  pending: Pending[];
  /** Somebody else added to it since it was read first. */
  shared: boolean;
}

/** Steps in the form in which calls are judged by them, kept so that a long run is not gone through at each call. */
class Said {
  readonly events: Event[] = [];
  readonly claims: MadeClaim[] = [];
  readonly used = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(steps: readonly SequenceStep[] = []) {
    for (const step of steps) this.add(step);
  }

  add({ event, claims, used }: SequenceStep): void {
    if (event !== undefined) this.events.push(event);
    if (event?.phase === 'request') for (const taint of event.returns) this.seen.add(taint);
    this.claims.push(...claims);
    if (used !== undefined) this.used.add(used);
  }

  /** Of the taint of a sequence, what none of these events brought. */
  hidden(taint: readonly string[]): Taint[] {
    return taint.filter((one) => !this.seen.has(one)) as Taint[];
  }
}

/** Steps that are kept in memory over all sequences: some 50 MB. The least used sequence goes first. */
const KEPT_STEPS = 100_000;
/** Sequences that are kept. */
const KEPT = 10_000;
/** After so many steps of one's own a sequence is read: what is remembered is held against what is there. */
const UNREAD = 16;
/** A sequence with fewer steps is not worth shortening; with more of one's own that nobody read, not worth keeping. */
const SHORT = 512;

/** Takes a step back that was not recorded. */
export type Withdraw = () => void;

/** What happened before everything that is kept: the sequence has read something, and nobody knows when. */
const earlier = (returns: readonly Taint[]): Event => ({
  at: 0,
  call: 'earlier',
  phase: 'request',
  operation: '',
  reach: 'internal',
  returns,
  arguments: {},
});

/**
 * Sequences as this replica knows them, so that only what is newer is read. It may be wrong at any time, and need not
 * be right: a decision is recorded for the head it was judged on, or not at all.
 */
export class Sequences {
  private readonly known = new Map<string, Known>();
  private kept = 0;

  /** @param window milliseconds that calls look back */
  constructor(private readonly window: number) {}

  /** What has to be read of a sequence. */
  from(sequence: string, now: number): From {
    const since = now - this.window;
    const known = this.known.get(sequence);
    return known === undefined || since < known.floor ? { since } : { after: known.index };
  }

  /** Takes in what was read. @throws StateError when it does not go on from what was read before */
  take(sequence: string, from: From, rows: readonly Read[], now: number): void {
    const before = this.known.get(sequence);
    const known =
      before === undefined || ('since' in from && from.since < before.floor) ? this.renewed(sequence, from) : before;
    for (const { row, step } of rows) {
      if (row.index <= known.index) continue;
      if (known.index >= 0 && row.before !== known.head)
        throw new StateError(
          'a sequence does not go on from what was read of it',
          `another entry before entry ${row.index}`,
          'the entries that were there',
          'keep the database for the investigation, and start the governor again',
        );
      known.index = row.index;
      known.head = row.head;
      known.taint = row.taint;
      known.steps.push(step);
      known.said.add(step);
      this.kept++;
      if (known.pending[0]?.head === row.head) known.pending.shift();
      else {
        known.pending = [];
        known.shared ||= known === before;
      }
    }
    this.shorten(known, now);
    this.known.delete(sequence);
    this.known.set(sequence, known);
    this.forget(sequence);
    assertShort(known.steps.length);
  }

  /** The past as it is known, with what is being recorded; undefined where it has to be read. */
  past(sequence: string, now: number): Past | undefined {
    const known = this.known.get(sequence);
    if (known === undefined || now - this.window < known.floor) return undefined;
    const { said, pending } = known;
    const coming = new Said(pending.map(({ step }) => step));
    const hidden = said.hidden(known.taint);
    return {
      events: [...(hidden.length === 0 ? [] : [earlier(hidden)]), ...said.events, ...coming.events],
      claims: [...said.claims, ...coming.claims],
      used: coming.used.size === 0 ? said.used : new Set([...said.used, ...coming.used]),
      head: pending.at(-1)?.head ?? known.head,
    };
  }

  /** The same where nobody else is known to add to the sequence, and not much was added since it was read. */
  remembered(sequence: string, now: number): Past | undefined {
    const known = this.known.get(sequence);
    if (known === undefined || known.shared || known.pending.length >= UNREAD) return undefined;
    return this.past(sequence, now);
  }

  /** Counts a step that is about to be recorded. */
  expect(sequence: string, text: string, step: SequenceStep): Withdraw {
    const known = this.known.get(sequence);
    if (known === undefined) return () => {};
    // Nobody has asked for it for long: it is read when somebody does.
    if (known.pending.length >= SHORT) {
      this.drop(sequence, known);
      return () => {};
    }
    const pending = { head: headAfter(known.pending.at(-1)?.head ?? known.head, text), step };
    known.pending.push(pending);
    return () => {
      const at = known.pending.indexOf(pending);
      // What was to come after it was judged on it.
      if (at !== -1) known.pending.splice(at);
    };
  }

  private renewed(sequence: string, from: From): Known {
    const { steps = [], shared = false } = this.known.get(sequence) ?? {};
    this.kept -= steps.length;
    const floor = 'since' in from ? from.since : Number.POSITIVE_INFINITY;
    return { floor, index: -1, head: '', taint: [], steps: [], said: new Said(), pending: [], shared };
  }

  private shorten(known: Known, now: number): void {
    if (known.steps.length <= SHORT) return;
    const cut = now - this.window;
    const first = known.steps.findIndex(({ at }) => at >= cut);
    const gone = first === -1 ? known.steps.length : first;
    if (gone === 0) return;
    known.steps = known.steps.slice(gone);
    known.said = new Said(known.steps);
    known.floor = Math.max(known.floor, cut);
    this.kept -= gone;
  }

  private forget(but: string): void {
    for (const [sequence, known] of this.known) {
      if (this.kept <= KEPT_STEPS && this.known.size <= KEPT) return;
      if (sequence !== but) this.drop(sequence, known);
    }
  }

  private drop(sequence: string, { steps }: Known): void {
    this.known.delete(sequence);
    this.kept -= steps.length;
  }
}
