import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FirepitError } from '../lib/errors';

/** A file that was asked for, and what will stand in it. */
export interface Output<T> {
  readonly file: string;
  readonly text: (from: T) => string;
}

const cannot = (file: string, why: string): FirepitError =>
  new FirepitError(
    'output',
    `${file} cannot be written: ${why}\n  fix: name a file in a folder that exists and that you may write`,
  );

const problemOf = (file: string): string | undefined => {
  try {
    if (statSync(file).isDirectory()) return 'it is a folder';
    accessSync(file, constants.W_OK);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return (error as Error).message;
  }
  const folder = dirname(resolve(file));
  try {
    if (!statSync(folder).isDirectory()) return `${folder} is no folder`;
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch {
    return `the folder ${folder} does not exist or is not writable`;
  }
};

/**
 * Asks before anything else happens: a proof that took minutes should not be lost to a wrong path.
 * @throws FirepitError `output`
 */
export function checkOutputs(outputs: readonly Output<never>[]): void {
  for (const { file } of outputs) {
    const problem = problemOf(file);
    if (problem !== undefined) throw cannot(file, problem);
  }
}

/**
 * Writes each file in one step, so that none is half a report.
 * @throws FirepitError `output`
 */
export function writeOutputs<T>(outputs: readonly Output<T>[], from: T): void {
  for (const { file, text } of outputs) {
    const half = `${file}.${process.pid}.part`;
    try {
      writeFileSync(half, text(from));
      renameSync(half, file);
    } catch (error) {
      rmSync(half, { force: true });
      throw cannot(file, (error as Error).message);
    }
  }
}
