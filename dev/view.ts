import type { DecisionEntry, OutcomeEntry } from '../contract';
import type { Played } from './play';
import type { Recorded } from './records';

/** Where it is shown: what people read, and what programs read. */
export interface Output {
  /** For people: the view, the summary. */
  text(line: string): void;
  /** For programs; undefined: nobody asked for it. */
  json?(line: string): void;
  /** Colours, where the terminal has them. */
  readonly paint: {
    readonly red: (text: string) => string;
    readonly green: (text: string) => string;
    readonly yellow: (text: string) => string;
    readonly dim: (text: string) => string;
  };
}

/** Text without what a terminal would obey: names and reasons may come from elsewhere. */
const plain = (text: string): string => text.replace(/[^\P{C}]/gu, '\u{fffd}');

const WORDS = { allow: 'allowed', deny: 'denied', needs_approval: 'approval?' } as const;

/** What happened, line by line, as it becomes durable. */
export class View {
  readonly counts = { allow: 0, deny: 0, needs_approval: 0 };

  constructor(private readonly output: Output) {}

  show({ index, entry }: Recorded): void {
    this.output.json?.(JSON.stringify({ index, entry }));
    if (entry.kind === 'decision') this.decision(entry);
    else if (entry.kind === 'outcome' && entry.what.withheld) this.withheld(entry);
  }

  played({ step, problems }: Played): void {
    const { paint, text } = this.output;
    if (problems.length === 0) return;
    text(paint.red(`not as declared: ${step.title}`));
    for (const problem of problems) text(`  ${plain(problem)}`);
  }

  private decision({ time, who, what, where, why }: DecisionEntry): void {
    this.counts[why.effect]++;
    const { paint, text, json } = this.output;
    if (json !== undefined) return;
    const colour = { allow: paint.green, deny: paint.red, needs_approval: paint.yellow }[why.effect];
    const caller = where.direction === 'front' ? (who.user?.subject ?? 'nobody') : (who.agent ?? 'no agent');
    const because = why.effect === 'allow' ? why.facts.join(', ') : `${why.code}: ${why.reason}`;
    text(
      [
        paint.dim(time.slice(11, 19)),
        colour(WORDS[why.effect].padEnd(9)),
        plain(caller).padEnd(10),
        plain(what.operation).padEnd(24),
        plain(because),
      ]
        .join('  ')
        .trimEnd(),
    );
  }

  private withheld({ time, who, what, why }: OutcomeEntry): void {
    const { paint, text, json } = this.output;
    if (json !== undefined) return;
    const columns = [who.agent ?? '', what.operation ?? ''].map(plain);
    text(`${paint.dim(time.slice(11, 19))}  ${paint.red('withheld ')}  ${columns.join('  ')}  ${plain(why.reason)}`);
  }
}

/** Decisions in words: `12 allowed, 9 denied, 2 that wait for an approval`. */
export const countsInWords = ({ allow, deny, needs_approval: held }: View['counts']): string =>
  [`${allow} allowed`, `${deny} denied`, ...(held === 0 ? [] : [`${held} that need an approval`])].join(', ');
