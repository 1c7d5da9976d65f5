import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { FirepitError } from '../lib/errors';
import { didYouMean } from '../lib/text';

const FOLDER = 'apps';
const isApp = (name: string): boolean => /\.ts$/.test(name) && !/\.d\.ts$/.test(name);

const found = (): string[] =>
  existsSync(FOLDER)
    ? readdirSync(FOLDER, { withFileTypes: true })
        .filter((entry) => entry.isFile() && isApp(entry.name))
        .map((entry) => join(FOLDER, entry.name))
        .sort()
    : [];

/** The app files a command is about, as absolute paths: those named, or `apps/*.ts`. */
export function appFiles(named: readonly string[]): string[] {
  if (named.length === 0) {
    const files = found();
    if (files.length === 0)
      throw new FirepitError(
        'app',
        `no apps: ${FOLDER}/*.ts matches nothing in ${process.cwd()}\n  fix: run in the project's folder, or name the files: firepit synth path/to/app.ts`,
      );
    return files.map((file) => resolve(file));
  }
  for (const file of named)
    if (!existsSync(file) || !statSync(file).isFile())
      throw new FirepitError(
        'usage',
        `${file} is no file\n  fix: ${didYouMean(file, found()) ?? 'name a file that defines an app'}`,
      );
  return [...new Set(named.map((file) => resolve(file)))];
}

/** An app file as messages name it. */
export const shown = (file: string): string => {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
};
