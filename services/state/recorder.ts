import type { Refusal, Written } from './entries';
import { faultOf, isEntrysFault } from './fault';
import type { Sink } from './sink';

/** Nothing could keep an entry: what waited for it must not happen. */
export class NotRecorded extends Error {
  constructor(readonly reasons: readonly { readonly sink: string; readonly error: unknown }[]) {
    super(
      `the entry was not recorded: ${reasons.map(({ sink, error }) => `${sink}: ${error instanceof Error ? error.message : String(error)}`).join('; ')}`,
    );
    this.name = 'NotRecorded';
  }
}

/** What an entry was judged on is no longer so: the store works, and has nothing of it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: Refusal) {
    super(`the entry was not recorded: ${refusal}`);
  }
}

interface Waiting {
  readonly entry: Written;
  /** Nobody waits for it. */
  readonly patient: boolean;
  readonly kept: (sink: string) => void;
  readonly failed: (error: unknown) => void;
}

export interface RecorderOptions {
  /** Entries of one flush. @default 512 */
  readonly batch?: number;
  /** Entries that may wait; more are refused at once. @default 10,000 */
  readonly queue?: number;
  /** After that long without an answer a sink has failed. @default 5,000 */
  readonly milliseconds?: number;
  /** Milliseconds that a patient entry waits for one to share the flush with. @default 10 */
  readonly patience?: number;
}

/**
 * The group commit: entries that arrive while a flush is under way share the next one. Sinks are asked in order, and
 * the first that keeps a batch ends the question; the later ones are for when the database is away.
 */
export class Recorder {
  private readonly waiting: Waiting[] = [];
  private flushing: Promise<void> | undefined;
  private lingering: NodeJS.Timeout | undefined;
  private readonly batch: number;
  private readonly queue: number;
  private readonly milliseconds: number;
  private readonly patience: number;

  constructor(
    private readonly sinks: readonly [Sink, ...Sink[]],
    { batch = 512, queue = 10_000, milliseconds = 5_000, patience = 10 }: RecorderOptions = {},
  ) {
    this.batch = batch;
    this.queue = queue;
    this.milliseconds = milliseconds;
    this.patience = patience;
  }

  /**
   * Resolves when the entry is durable, with the sink that has it.
   * @param patient nobody waits for it: it goes with the next one that somebody waits for, or after a moment
   * @throws Refused when its condition does not hold; NotRecorded when no sink could keep it; EntryError when none
   * ever will, EntryConflict where that is because another one has its id
   */
  record(entry: Written, patient = false): Promise<string> {
    if (this.waiting.length >= this.queue)
      return Promise.reject(
        new NotRecorded([{ sink: 'queue', error: `${this.queue} entries wait already; the store is too slow` }]),
      );
    return new Promise((kept, failed) => {
      this.waiting.push({ entry, patient, kept, failed });
      if (this.flushing === undefined) this.goOn();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.waiting.length > 0 || this.flushing !== undefined) {
      if (this.flushing === undefined) this.start();
      await this.flushing;
    }
  }

  private goOn(): void {
    if (this.pressing()) this.start();
    else if (this.waiting.length > 0) this.lingering ??= setTimeout(() => this.start(), this.patience);
  }

  private pressing(): boolean {
    return this.waiting.length >= this.batch || this.waiting.some(({ patient }) => !patient);
  }

  private start(): void {
    clearTimeout(this.lingering);
    this.lingering = undefined;
    this.flushing = this.flush().finally(() => {
      this.flushing = undefined;
      // What came after the last look and before this line.
      this.goOn();
    });
  }

  private async flush(): Promise<void> {
    // One turn of the event loop, so that calls that arrive together share the flush.
    await new Promise(setImmediate);
    do await this.settle(this.waiting.splice(0, this.batch));
    while (this.pressing());
  }

  private async settle(batch: readonly Waiting[]): Promise<void> {
    const reasons: { readonly sink: string; readonly error: unknown }[] = [];
    let left = batch;
    for (const sink of this.sinks) {
      if (!sink.judges) left = this.unconditional(left, reasons);
      if (left.length === 0) return;
      try {
        const refusals = await this.within(sink.keep(left.map(({ entry }) => entry)));
        left.forEach(({ kept, failed }, i) => {
          const refusal = refusals[i];
          if (refusal === undefined) kept(sink.name);
          else failed(new Refused(refusal));
        });
        return;
      } catch (error) {
        if (isEntrysFault(error)) return this.apart(left, error);
        reasons.push({ sink: sink.name, error });
      }
    }
    for (const { failed } of left) failed(new NotRecorded(reasons));
  }

  /** Without the database nobody knows what is true, and what depends on it must not happen. */
  private unconditional(batch: readonly Waiting[], reasons: NotRecorded['reasons']): Waiting[] {
    return batch.filter(({ entry, failed }) => {
      if (entry.condition === undefined) return true;
      failed(new NotRecorded([...reasons]));
      return false;
    });
  }

  /** One entry that the store refuses must not take its neighbours with it. */
  private async apart(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const one of batch) await this.settle([one]);
      return;
    }
    for (const { entry, failed } of batch) failed(faultOf(entry, error));
  }

  private within<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${this.milliseconds} ms`)), this.milliseconds);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}
