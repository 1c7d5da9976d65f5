import { resolve } from 'node:path';
import { FirepitError } from '../lib/errors';
import type { AnySynthesis, Synthesis } from '../lib/synth/driver';
import { type Session, withSession } from '../lib/synth/session';
import { shown } from './apps';
import { load } from './load';
import { type Failure, failureOf, progress } from './report';
import { Served } from './served';

/** One environment, or one foundation, that an app synthesized. */
export interface Result<S extends AnySynthesis = AnySynthesis> {
  /** The app file, as messages name it. */
  readonly app: string;
  readonly synthesis: S;
  /** The folder below which it is written. */
  readonly outdir: string;
}

/** What a command keeps of an environment, at once: with a thousand apps the whole of it does not stay in memory. */
export type Keep = (result: Result) => void;

const isEnvironment = (result: Result): result is Result<Synthesis> => result.synthesis.kind === 'environment';

/** What a command keeps that is about environments alone. */
export const ofEnvironments =
  (keep: (result: Result<Synthesis>) => void): Keep =>
  (result) => {
    if (isEnvironment(result)) keep(result);
  };

/** Two environments that would be written to one folder. */
class Folders {
  private readonly apps = new Map<string, string>();

  /** @throws FirepitError `app` */
  claim({ app, outdir, synthesis: { declaration } }: Result): void {
    const folder = resolve(outdir, declaration.name);
    const other = this.apps.get(folder);
    if (other !== undefined)
      throw new FirepitError(
        'app',
        `two environments are named '${declaration.name}': ${other === app ? `${app} twice` : `${other} and ${app}`}\n  fix: give each environment a name of its own; its namespaces carry it`,
      );
    this.apps.set(folder, app);
  }
}

/** Follows the apps of one file. */
class Watch implements Session {
  readonly errors: unknown[] = [];
  private readonly pending = new Set<object>();
  private apps = 0;

  constructor(
    private readonly keep: (synthesis: AnySynthesis, outdir: string) => void,
    readonly declared: Session['declared'],
  ) {}

  created(app: object): void {
    this.apps++;
    this.pending.add(app);
  }

  synthesized(app: object, synthesis: AnySynthesis, outdir: string): void {
    this.pending.delete(app);
    try {
      this.keep(synthesis, outdir);
    } catch (error) {
      this.errors.push(error);
    }
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

/**
 * Runs app files, one after the other, to the end of each.
 * @param options `out` instead of each app's own folder; `declared` as of a {@link Session}
 * @returns every failure, in the order of the apps
 */
export async function runApps(
  files: readonly string[],
  keep: Keep,
  { out, declared }: { readonly out?: string; readonly declared?: Session['declared'] } = {},
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const folders = new Folders();
  const served = new Served();
  for (const file of files) {
    const app = shown(file);
    progress(app);
    const watch = new Watch((synthesis, outdir) => {
      const result = { app, synthesis, outdir: out ?? outdir };
      folders.claim(result);
      served.see(result);
      keep(result);
    }, declared);
    const error = await withSession(watch, () => load(file, () => watch.settled));
    const last = error ?? watch.missing;
    failures.push(...[...watch.errors, ...(last === undefined ? [] : [last])].map((e) => failureOf(e, app)));
  }
  if (failures.length === 0) failures.push(...served.unknown().map(({ app, error }) => failureOf(error, app)));
  return failures;
}
