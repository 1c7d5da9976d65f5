import { join } from 'node:path';
import { filesOf } from '../lib/synth/driver';
import { Transaction } from '../lib/synth/write';
import { appFiles } from './apps';
import { type Failure, failureOf, finish, green, progress, yellow } from './report';
import { type Result, runApps } from './run';

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
  /** What a reader of the output should know, such as an agent that Falco cannot watch. */
  readonly notices: readonly string[];
}

/** The files of every environment, each staged as soon as it is known, and what is told of them. */
class Writing {
  readonly written: Written[] = [];
  private readonly transaction = new Transaction();

  readonly keep = ({ app, outdir, synthesis }: Result): void => {
    const { declaration, notices, objects, report } = synthesis;
    const tree = filesOf(synthesis);
    this.written.push({
      name: declaration.name,
      app,
      folder: join(outdir, declaration.name),
      objects: objects.length,
      changed: this.transaction.stage({ outdir, name: declaration.name, tree }),
      exampleImages: 'images' in declaration && declaration.images.example === true,
      suppressed: report.suppressed,
      notices,
    });
  };

  /** Puts all in place, or, after a failure, nothing. */
  end(failures: readonly Failure[]): Failure[] {
    if (failures.length === 0)
      try {
        this.transaction.commit();
        return [];
      } catch (error) {
        return [failureOf(error)];
      }
    this.transaction.abort();
    return [...failures];
  }
}

/** What is wrong with the types, found by the compiler in a process of its own, beside the apps. */
async function typeErrors(files: readonly string[]): Promise<Failure[]> {
  const { typecheck } = require('./typecheck') as typeof import('./typecheck');
  progress('checking types');
  try {
    await typecheck(files);
    return [];
  } catch (error) {
    return [failureOf(error)];
  }
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
    ...written.flatMap(({ name, notices }) =>
      notices.map((notice) => `${yellow(process.stdout, 'note')}: ${name}: ${notice}`),
    ),
    ...(examples.length === 0
      ? []
      : [
          `${yellow(process.stdout, 'example images')}: ${examples.join(', ')} cannot run: their product images come from an example lock file`,
        ]),
  ].join('\n');
}

/** `firepit synth` */
export async function synth(named: readonly string[], options: SynthOptions): Promise<void> {
  const files = appFiles(named);
  const writing = new Writing();
  const types = options.typecheck ? typeErrors(files) : Promise.resolve([]);
  const apps = await runApps(files, writing.keep, { out: options.out });
  const wrong = await types;
  // An app that does not compile need not run well: its type errors are what there is to say.
  const failures = writing.end(wrong.length > 0 ? wrong : apps);
  const written = failures.length === 0 ? writing.written : [];
  finish('synth', options.json, failures, { environments: written, text: () => summary(written) });
}
