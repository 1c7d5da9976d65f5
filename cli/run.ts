import { resolve } from 'node:path';
import { FirepitError } from '../lib/errors';
import type { Synthesis } from '../lib/synth/driver';
import { type Session, withSession } from '../lib/synth/session';
import { shown } from './apps';
import { load } from './load';
import { type Failure, failureOf, progress } from './report';

/** One environment that an app synthesized. */
export interface Result {
  /** The app file, as messages name it. */
  readonly app: string;
  readonly synthesis: Synthesis;
  /** The folder it is written to. */
  readonly outdir: string;
}

/** What a run of apps came to. */
export interface Run {
  readonly results: readonly Result[];
  readonly failures: readonly Failure[];
}

/** Keeps what the apps of one file do. */
class Watch implements Session {
  readonly results: Result[] = [];
  readonly errors: unknown[] = [];
  private readonly pending = new Set<object>();
  private apps = 0;

  constructor(
    private readonly app: string,
    private readonly out: string | undefined,
  ) {}

  created(app: object): void {
    this.apps++;
    this.pending.add(app);
  }

  synthesized(app: object, synthesis: Synthesis, outdir: string): void {
    this.pending.delete(app);
    this.results.push({ app: this.app, synthesis, outdir: this.out ?? outdir });
  }

  refused(app: object, error: unknown): void {
    this.pending.delete(app);
    this.errors.push(error);
  }

  get settled(): boolean {
    return this.apps > 0 && this.pending.size === 0;
  }

  /** What is missing when the file has run. */
  get missing(): FirepitError | undefined {
    if (this.apps === 0)
      return new FirepitError(
        'app',
        "the file defines no app\n  fix: import App and AgentEnvironment from 'firepit' (not App from 'cdk8s'), create an environment in an app, and call app.synth()",
      );
    if (this.pending.size > 0)
      return new FirepitError(
        'app',
        'the file creates an App but never synthesizes it\n  fix: end it with app.synth()',
      );
    return undefined;
  }
}

async function runOne(file: string, out: string | undefined): Promise<Run> {
  const app = shown(file);
  progress(app);
  const watch = new Watch(app, out);
  const error = await withSession(watch, () => load(file, () => watch.settled));
  const errors = [...watch.errors, ...(error === undefined ? [watch.missing] : [error])].filter((e) => e !== undefined);
  return { results: watch.results, failures: errors.map((e) => failureOf(e, app)) };
}

/** Two apps that would write to one folder. */
function collisions(results: readonly Result[]): Failure[] {
  const seen = new Map<string, string>();
  return results.flatMap(({ app, outdir, synthesis: { declaration } }) => {
    const folder = resolve(outdir, declaration.name);
    const other = seen.get(folder);
    seen.set(folder, app);
    if (other === undefined) return [];
    const both = other === app ? `${app} twice` : `${other} and ${app}`;
    return [
      failureOf(
        new FirepitError(
          'app',
          `two environments are named '${declaration.name}': ${both}\n  fix: give each environment a name of its own; its namespaces carry it`,
        ),
      ),
    ];
  });
}

/** Runs app files, one after the other, and collects what all of them synthesized or failed at. Writes nothing. */
export async function runApps(files: readonly string[], out?: string): Promise<Run> {
  const runs: Run[] = [];
  for (const file of files) runs.push(await runOne(file, out));
  const results = runs.flatMap((run) => run.results);
  return { results, failures: [...runs.flatMap((run) => run.failures), ...collisions(results)] };
}
