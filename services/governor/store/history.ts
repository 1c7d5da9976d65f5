import { type Database, type From, runSequence, type StepRow, stepsOf } from '../../state';
import { Denial } from '../denial';
import type { Freshness, History, Past } from '../history';
import { type Reader, stepOf } from './read';
import type { Sequences } from './sequences';
import { agentSequence } from './write';

/** How long the past may take to be read before its silence is a no. */
const READ_MILLISECONDS = 3_000;

export interface HistoryOptions {
  readonly reader: Reader;
  readonly sequences: Sequences;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told what went wrong: answers do not say it. */
  readonly problem: (error: Error) => void;
  /** @default 3,000 */
  readonly milliseconds?: number;
}

/** The past of sequences, read from the database and remembered as far as it helps. */
export class StoredHistory implements History {
  private readonly database: Database;

  constructor(private readonly options: HistoryOptions) {
    this.database = options.reader.database;
  }

  async past(agent: string, run: string | undefined, fresh: Freshness = 'found'): Promise<Past> {
    const { reader, sequences, clock } = this.options;
    const sequence = run === undefined ? agentSequence(reader.environment, agent) : runSequence(run);
    const known = this.known(sequence, run, fresh);
    if (known !== undefined) return known;
    await this.reading(sequence, async (from) => ({
      steps: await stepsOf(this.database, sequence, from),
      value: undefined,
    }));
    const past = sequences.past(sequence, clock());
    if (past === undefined) throw new Denial('unavailable', 'the clock went back while the past was read');
    return past;
  }

  private known(sequence: string, run: string | undefined, fresh: Freshness): Past | undefined {
    const { sequences, clock } = this.options;
    if (fresh === 'remembered') return sequences.remembered(sequence, clock());
    // A run was found, and with it its steps were read, a moment ago.
    return fresh === 'found' && run !== undefined ? sequences.past(sequence, clock()) : undefined;
  }

  /** Takes in what a question answers about a sequence. @throws Denial when it is not answered, or cannot be right */
  async reading<T>(
    sequence: string,
    question: (from: From) => Promise<{ readonly steps: readonly StepRow[] | undefined; readonly value: T }>,
  ): Promise<T> {
    const { reader, sequences, clock } = this.options;
    const now = clock();
    const from = sequences.from(sequence, now);
    try {
      const { steps, value } = await this.within(question(from));
      if (steps === undefined) return value;
      const rows = await Promise.all(steps.map(async (row) => ({ row, step: await stepOf(reader, sequence, row) })));
      sequences.take(sequence, from, rows, now);
      return value;
    } catch (error) {
      this.options.problem(error as Error);
      throw new Denial('unavailable', 'what happened before cannot be read as it was recorded');
    }
  }

  private within<T>(work: Promise<T>): Promise<T> {
    const { milliseconds = READ_MILLISECONDS } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the past was not read within ${milliseconds} ms`)), milliseconds);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}
