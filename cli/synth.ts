import { join } from 'node:path';
import { filesOf, refusalOf } from '../lib/synth/driver';
import type { Output } from '../lib/synth/write';
import { appFiles } from './apps';
import { type Failure, failureOf, finish, green, progress, yellow } from './report';
import { type Result, type Run, runApps } from './run';

interface SynthOptions {
  readonly out?: string;
  readonly typecheck: boolean;
  readonly json?: boolean;
}

/** One environment in the result of `firepit synth --json`. */
interface Written {
  readonly name: string;
  readonly app: string;
  readonly folder: string;
  readonly objects: number;
  /** Whether any file differs from the run before. */
  readonly changed: boolean;
  /** Whether its images are an example lock, so that it cannot run. */
  readonly exampleImages: boolean;
  readonly suppressed: readonly object[];
}

/** Type errors come before what the apps say: an app that does not compile need not run well. */
async function checked(files: readonly string[], options: SynthOptions): Promise<Run> {
  if (!options.typecheck) return runApps(files, options.out);
  progress('checking types');
  const { typecheck } = require('./typecheck') as typeof import('./typecheck');
  // The compiler runs in a process of its own, beside the apps.
  const types = typecheck(files).then(
    () => undefined,
    (error: unknown) => failureOf(error),
  );
  const run = await runApps(files, options.out);
  const failure = await types;
  return failure === undefined ? run : { results: [], failures: [failure] };
}

const refusals = ({ results }: Run): Failure[] =>
  results.flatMap(({ app, synthesis }) => {
    const refusal = refusalOf(synthesis);
    return refusal === undefined ? [] : [failureOf(refusal, app)];
  });

/** Writes all or nothing. */
function write(results: readonly Result[]): Written[] {
  const { writeAll } = require('../lib/synth/write') as typeof import('../lib/synth/write');
  const outputs = results.map(
    ({ synthesis, outdir }): Output => ({ outdir, name: synthesis.declaration.name, tree: filesOf(synthesis) }),
  );
  const changed = writeAll(outputs);
  return results.map(({ app, outdir, synthesis: { declaration, objects, report } }, i) => ({
    name: declaration.name,
    app,
    folder: join(outdir, declaration.name),
    objects: objects.length,
    changed: changed[i] ?? false,
    exampleImages: declaration.images.example === true,
    suppressed: report.suppressed,
  }));
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** The closing lines. */
function summary(written: readonly Written[]): string {
  if (written.length === 0) return '';
  const objects = written.reduce((sum, environment) => sum + environment.objects, 0);
  const folders = [...new Set(written.map(({ folder }) => join(folder, '..')))].join(', ');
  const same = written.filter(({ changed }) => !changed).length;
  const unchanged = same === 0 ? '' : ` (${same === written.length ? 'all' : same} unchanged)`;
  const accepted = written.reduce((sum, environment) => sum + environment.suppressed.length, 0);
  const examples = written.filter(({ exampleImages }) => exampleImages).map(({ name }) => name);
  return [
    `${green(process.stdout, 'wrote')} ${count(written.length, 'environment')}, ${count(objects, 'object')} to ${folders}${unchanged}`,
    ...(accepted === 0 ? [] : [`${count(accepted, 'finding')} suppressed: firepit check lists them`]),
    ...(examples.length === 0
      ? []
      : [
          `${yellow(process.stdout, 'example images')}: ${examples.join(', ')} cannot run: their product images come from an example lock file`,
        ]),
  ].join('\n');
}

/** `firepit synth` */
export async function synth(named: readonly string[], options: SynthOptions): Promise<void> {
  const run = await checked(appFiles(named), options);
  const failures = [...run.failures, ...refusals(run)];
  let written: Written[] = [];
  if (failures.length === 0)
    try {
      written = write(run.results);
    } catch (error) {
      failures.push(failureOf(error));
    }
  finish('synth', options.json, failures, { environments: written, text: () => summary(written) });
}
