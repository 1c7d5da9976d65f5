import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, FirepitError } from '../lib/errors';
import { refusalOf, type Synthesis } from '../lib/synth/driver';
import { didYouMean } from '../lib/text';
import { appFiles } from './apps';
import { registerTypeScript } from './load';
import { dim, type Failure, green, printFailures, red, report, yellow } from './report';
import { ofEnvironments, runApps } from './run';

export interface DevOptions {
  readonly once?: boolean;
  readonly state?: string;
  readonly agent?: string;
  readonly as?: string;
  readonly json?: boolean;
}

interface Output {
  text(line: string): void;
  json?(line: string): void;
  readonly paint: Readonly<Record<'red' | 'green' | 'yellow' | 'dim', (text: string) => string>>;
}

/** What `dev/index.ts` offers. It needs the packages of the services, so it is no part of the published package. */
export interface Dev {
  dev(
    synthesis: Pick<Synthesis, 'declaration' | 'objects'>,
    options: Omit<DevOptions, 'json'>,
    output: Output,
    signal: AbortSignal,
  ): Promise<number>;
}

/** From the sources, whether this command runs from them or was built beside them. @throws FirepitError `missing` */
function door(): Dev {
  const file = ['../dev/index.ts', '../../dev/index.ts'].map((path) => join(__dirname, path)).find(existsSync);
  if (file === undefined)
    throw new FirepitError(
      'missing',
      'firepit dev runs the services of the control plane, which this package does not bring\n  fix: run it in a checkout of the repository: npm ci && npm run dev',
    );
  registerTypeScript();
  return require(file) as Dev;
}

/** The environment of a name, or of a name with `-dev` behind it, or of a file. */
async function synthesisOf(named: string): Promise<Synthesis | number> {
  const isFile = existsSync(named);
  const found = new Map<string, Synthesis>();
  const failures: Failure[] = [];
  const wanted = (): Synthesis | undefined =>
    isFile ? [...found.values()][0] : (found.get(named) ?? found.get(`${named}-dev`));
  for (const file of appFiles(isFile ? [named] : [])) {
    if (wanted() !== undefined) break;
    const keep = ({ synthesis }: { readonly synthesis: Synthesis }): void => {
      found.set(synthesis.declaration.name, synthesis);
    };
    failures.push(...(await runApps([file], ofEnvironments(keep))));
  }
  const synthesis = wanted();
  if (synthesis !== undefined) {
    const refusal = refusalOf(synthesis);
    if (refusal !== undefined) throw refusal;
    return synthesis;
  }
  if (failures.length > 0) {
    printFailures(failures);
    return failures[0]?.code ?? EXIT_CODES.app.code;
  }
  const names = [...found.keys()];
  throw new FirepitError(
    'usage',
    `no app declares the environment ${named}, nor ${named}-dev\n  fix: ${didYouMean(named, names) ?? `name one of ${names.join(', ')}, or a file that declares one`}`,
  );
}

const outputOf = ({ json }: DevOptions): Output => {
  const stream = json === true ? process.stderr : process.stdout;
  const to =
    (where: NodeJS.WriteStream) =>
    (line: string): void =>
      void where.write(`${line}\n`);
  const paint = {
    red: (text: string) => red(stream, text),
    green: (text: string) => green(stream, text),
    yellow: (text: string) => yellow(stream, text),
    dim: (text: string) => dim(stream, text),
  };
  return { text: to(stream), paint, ...(json === true ? { json: to(process.stdout) } : {}) };
};

/** Aborts at the first signal, and when nobody reads any more; at a second signal the process ends at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.internal.code);
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => controller.abort());
  return controller.signal;
}

/** `firepit dev` */
export async function dev(environment: string, options: DevOptions): Promise<void> {
  try {
    const { dev: run } = door();
    if (options.as !== undefined && options.agent === undefined)
      throw new FirepitError('usage', '--as says which agent --agent runs as\n  fix: give --agent "<command>" as well');
    const synthesis = await synthesisOf(environment);
    const { json: _, ...rest } = options;
    process.exitCode =
      typeof synthesis === 'number' ? synthesis : await run(synthesis, rest, outputOf(options), interruptible());
  } catch (error) {
    process.exitCode = report(error);
  }
  // A database that was closed and connections that were cut may still hold the process.
  process.stdout.write('', () => process.exit());
}
