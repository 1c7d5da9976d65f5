import { EXIT_CODES, type ExitName, FirepitError } from '../lib/errors';

/** An error as the command reports it. Part of the stable shape of `--json`. */
export interface Failure {
  /** Row of the table of exit codes. */
  readonly exit: ExitName;
  readonly code: number;
  /** The app it concerns. @default - the run as a whole */
  readonly app?: string;
  readonly message: string;
  readonly findings: readonly object[];
}

/** Whether a {@link FirepitError}, of this copy of the package or another, is what was thrown. */
const isFirepitError = (error: unknown): error is FirepitError =>
  error instanceof FirepitError ||
  (error instanceof Error && 'exit' in error && typeof error.exit === 'string' && error.exit in EXIT_CODES);

/** Turns what was thrown into a {@link Failure}; anything unforeseen is a defect of ours. */
export function failureOf(error: unknown, app?: string): Failure {
  const [exit, message, findings] = isFirepitError(error)
    ? ([error.exit, error.message, error.findings] as const)
    : (['internal', internal(error), []] as const);
  return { exit, code: EXIT_CODES[exit].code, ...(app === undefined ? {} : { app }), message, findings };
}

const internal = (error: unknown): string => {
  if (process.env.FIREPIT_DEBUG === '1' && error instanceof Error) return error.stack ?? error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `internal error: ${message}\n  fix: please report it; FIREPIT_DEBUG=1 shows where it happened`;
};

const paints = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

const paint =
  (code: number) =>
  (stream: NodeJS.WriteStream, text: string): string =>
    paints(stream) ? `\u001b[${code}m${text}\u001b[0m` : text;
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);
export const dim = paint(2);

/** Prints an error for people; returns the exit code. */
export function report(error: unknown): number {
  const failure = failureOf(error);
  printFailures([failure]);
  return failure.code;
}

/** Prints errors for people, each under the app it concerns. */
export function printFailures(failures: readonly Failure[]): void {
  for (const { app, message } of failures)
    process.stderr.write(`${red(process.stderr, 'error')}${app === undefined ? '' : ` in ${app}`}: ${message}\n`);
}

/** Shows what is going on, on a terminal only. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${dim(process.stderr, text)}\n`);
}

/** How every command ends: as JSON of one shape, or as text. The exit code is that of the first failure. */
export function finish(
  command: string,
  json: boolean | undefined,
  failures: readonly Failure[],
  result: {
    readonly environments: readonly object[];
    /** What `explain` found; beside the environments. @default - nothing */
    readonly explained?: readonly object[];
    readonly text: () => string;
  },
): void {
  const exitCode = failures[0]?.code ?? 0;
  if (json) {
    const { environments, explained } = result;
    const all = { command, exitCode, environments, explained, errors: failures };
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  } else {
    const text = result.text();
    if (text !== '') process.stdout.write(`${text}\n`);
    printFailures(failures);
  }
  process.exitCode = exitCode;
}
