import type { EnvironmentDeclaration } from '../lib/declaration';
import type { Manifest } from '../lib/synth/object';
import { anchorParameters } from './anchor';
import { answerOf } from './answer';
import { type Case, PHASES, type Phase } from './case';
import { casesOf } from './cases';
import { NotServed, type Requests } from './requests';
import { Stage } from './stage';
import { Subject } from './subject';
import { abandoned, remove } from './sweep';
import { judge, type Result } from './verdict';

/** How long a step of a proof took. */
export interface StageTime {
  readonly stage: string;
  readonly seconds: number;
}

/** One more proof. */
export interface Proving {
  readonly stage: string;
  readonly prove: () => Promise<readonly Result[]>;
}

/** What is tried, where. */
export interface Trial {
  readonly requests: Requests;
  /** Of the copy. */
  readonly declaration: EnvironmentDeclaration;
  /** The finished objects of the copy. */
  readonly objects: readonly Manifest[];
  /** Ends the trial early; what was made is taken away all the same. */
  readonly signal: AbortSignal;
  /** Tells what is going on. */
  readonly progress: (text: string) => void;
  /** Names of copies that these make besides: they are taken away as well. @default - none */
  readonly also?: readonly string[];
  /** Proofs beside the API server's: each may use the copy's names, and ends when it is interrupted. @default - none */
  readonly after?: readonly Proving[];
  /** How long to wait for a control to come into force. @default 60 */
  readonly patience?: number;
}

/** What a trial came to. */
export interface Outcome {
  readonly results: readonly Result[];
  readonly stages: readonly StageTime[];
  /** Whether it was ended before everything was tried. */
  readonly interrupted: boolean;
  /** What could not be taken away again. */
  readonly left: readonly string[];
  /** What stays on purpose (anchor.ts). */
  readonly stays: readonly string[];
}

const AT_ONCE = 4;
/** How long what failed is asked again. */
const AGAIN_SECONDS = 3;
/** Between two questions of one case: what does not come at once is asked about less and less often. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [200, 3200];
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Raises the copy, tries every case in its phase, and takes the copy away whatever happens. */
export class Run {
  private readonly subject: Subject;
  private readonly stage: Stage;
  private readonly cases: readonly Case[];
  private readonly results: Result[] = [];
  private readonly stages: StageTime[] = [];
  private readonly stays: string[] = [];

  constructor(private readonly trial: Trial) {
    this.subject = new Subject(trial.declaration, trial.objects);
    this.stage = new Stage(trial.requests, this.subject);
    this.cases = casesOf(this.subject);
  }

  /** @throws FirepitError `cluster` when the connection is lost and nothing could be taken away */
  async outcome(): Promise<Outcome> {
    const { environment } = this.subject.names;
    let left: string[] = [];
    try {
      await this.timed('what killed runs left is taken away', () => this.sweep());
      this.stays.push(...(await anchorParameters(this.trial.requests)));
      await this.steps();
      await this.timed('the copy is taken away', () => remove(this.trial.requests, environment));
      for (const { stage, prove } of this.trial.after ?? [])
        this.results.push(...(await this.timed(stage, () => this.unlessAborted(prove))));
    } finally {
      left = await this.timed('nothing is left', () => this.takeAway([environment, ...(this.trial.also ?? [])]));
    }
    return {
      results: [...this.stage.results, ...this.results],
      stages: this.stages,
      interrupted: this.trial.signal.aborted,
      left,
      stays: this.stays,
    };
  }

  private async steps(): Promise<void> {
    await this.timed('the copy is applied', () => this.stage.raise());
    await this.phase('early');
    await this.timed('its admission is applied', () => this.stage.govern());
    await this.phase('unguarded');
    await this.timed('its signature policies are applied', () => this.stage.verify());
    await this.phase('in-force');
    const problem = await this.stage.hold();
    await this.phase('held', problem);
    await this.stage.release();
    await this.phase('weakened');
  }

  /** What it proves, or nothing when it is interrupted meanwhile: the rest of it falls with the copy. */
  private async unlessAborted(prove: () => Promise<readonly Result[]>): Promise<readonly Result[]> {
    const { signal } = this.trial;
    if (signal.aborted) return [];
    const aborted = new Promise<readonly Result[]>((resolve) =>
      signal.addEventListener('abort', () => resolve([]), { once: true }),
    );
    return Promise.race([prove(), aborted]);
  }

  private async takeAway(copies: readonly string[]): Promise<string[]> {
    const left: string[] = [];
    for (const copy of copies) left.push(...(await remove(this.trial.requests, copy)));
    return left;
  }

  private async sweep(): Promise<void> {
    for (const copy of await abandoned(this.trial.requests)) await remove(this.trial.requests, copy);
  }

  /** Tries the cases of a phase. @param problem why the phase could not be reached */
  private async phase(phase: Phase, problem?: string): Promise<void> {
    const cases = this.cases.filter((tried) => (tried.phase ?? 'in-force') === phase);
    await this.timed(PHASES[phase], async () => {
      if (problem !== undefined || this.trial.signal.aborted) {
        const why = problem === undefined ? 'the run was interrupted' : 'the copy could not be brought into this state';
        this.results.push(...cases.map((tried) => unasked(tried, why, problem ?? '')));
        return;
      }
      if (phase === 'weakened') for (const tried of cases) this.results.push(await this.weakened(tried));
      else await this.tryAll(cases);
    });
  }

  private async tryAll(cases: readonly Case[]): Promise<void> {
    await this.inForce(cases);
    const results: Result[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < cases.length; i = next++) results[i] = await this.ask(cases[i] as Case);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // A policy and its parameters do not come into force together: what failed is asked again for a moment.
    const end = Date.now() + AGAIN_SECONDS * 1000;
    for (const [i, result] of results.entries())
      if (result.state === 'failed') results[i] = await this.until(cases[i] as Case, end);
    this.results.push(...results);
  }

  /** Policies come into force one by one, some time after they are stored: each control is awaited at its first case. */
  private async inForce(cases: readonly Case[]): Promise<void> {
    const first = new Map(cases.map((tried) => [`${tried.control} ${tried.expect}`, tried] as const).reverse());
    const end = this.deadline();
    await Promise.all([...first.values()].map((tried) => this.until(tried, end)));
  }

  private async until(tried: Case, end: number): Promise<Result> {
    for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      const result = await this.ask(tried);
      if (result.state === 'proven' || hopeless(result) || Date.now() > end || this.trial.signal.aborted) return result;
      await pause(Math.min(wait, Math.max(end - Date.now(), FIRST_PAUSE)));
    }
  }

  private async weakened(tried: Case): Promise<Result> {
    const policy = tried.weakens ?? '';
    await this.stage.weaken(policy, 'Audit');
    try {
      return await this.until(tried, this.deadline());
    } finally {
      await this.stage.weaken(policy, 'Deny');
    }
  }

  private async ask(tried: Case): Promise<Result> {
    if (this.trial.signal.aborted) return unasked(tried, 'the run was interrupted', '');
    try {
      const reply = await this.trial.requests.attempt(tried);
      return judge(tried, answerOf(reply, this.subject.names.environment), reply.body);
    } catch (error) {
      if (!(error instanceof NotServed)) throw error;
      return unasked(tried, error.message, error.message);
    }
  }

  private deadline(): number {
    return Date.now() + (this.trial.patience ?? 60) * 1000;
  }

  private async timed<T>(stage: string, step: () => Promise<T>): Promise<T> {
    this.trial.progress(stage);
    const start = Date.now();
    try {
      return await step();
    } finally {
      this.stages.push({ stage, seconds: Math.round((Date.now() - start) / 100) / 10 });
    }
  }
}

/** What no waiting mends. */
const hopeless = ({ state, evidence }: Result): boolean =>
  state === 'unproven' && /cannot impersonate|does not serve/.test(evidence);

const unasked = (tried: Case, why: string, evidence: string): Result => {
  const { id, control, threats, what, expect, on } = tried;
  return { id, control, threats, what, expect, ...(on === undefined ? {} : { on }), state: 'unproven', why, evidence };
};
