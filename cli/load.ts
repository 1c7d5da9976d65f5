import { createRequire } from 'node:module';
import { FirepitError } from '../lib/errors';
import { shown } from './apps';

let registered = false;

/** Makes `require` understand TypeScript; the sources of this command run under it already. */
export function registerTypeScript(): void {
  if (registered || __filename.endsWith('.ts')) return;
  registered = true;
  (require('tsx/cjs/api') as typeof import('tsx/cjs/api')).register();
}

/** Where in the app an error arose, from its stack. */
const placeOf = (error: unknown, file: string): string => {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.split('\n').find((line) => line.includes(file));
  const place = at === undefined ? undefined : /:(\d+:\d+)\)?$/.exec(at)?.[1];
  return place === undefined ? '' : ` (${shown(file)}:${place})`;
};

const asRefusal = (error: unknown, file: string): unknown => {
  if (error instanceof Error && 'exit' in error) return error;
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\nRequire stack:');
  const indented = message.trim().replaceAll('\n', '\n  ');
  return new FirepitError('app', `the app threw: ${indented}${placeOf(error, file)}\n  fix: correct the app`);
};

/** Resolves when nothing is left to do in this process: apps may be asynchronous. */
const idle = (): Promise<void> => new Promise((resolve) => process.once('beforeExit', () => resolve()));

const exited = (): FirepitError =>
  new FirepitError('app', 'the app ended the process\n  fix: remove process.exit(); synth() needs no help to end');

/**
 * Runs an app file, to its end even if it is asynchronous.
 * @returns what it threw, as a refusal; undefined if nothing
 */
export async function load(file: string, settled: () => boolean): Promise<unknown> {
  registerTypeScript();
  const { exit } = process;
  const print = process.stdout.write;
  // Standard output is the command's own; what an app prints goes beside it.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof print;
  process.exit = () => {
    throw exited();
  };
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
  };
  process.on('uncaughtException', fail).on('unhandledRejection', fail);
  try {
    createRequire(file)(file);
    if (!settled()) await idle();
  } catch (error) {
    fail(error);
  } finally {
    process.exit = exit;
    process.stdout.write = print;
    process.off('uncaughtException', fail).off('unhandledRejection', fail);
  }
  return failure === undefined ? undefined : asRefusal(failure, file);
}
