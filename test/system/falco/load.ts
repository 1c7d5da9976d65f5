import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Falco to ask: `FALCO`, or the one on the path. */
export const falco = (): string | undefined =>
  process.env.FALCO ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'falco'))
    .find(existsSync);

interface Problem {
  readonly code?: string;
  readonly message?: string;
}
interface Loaded {
  readonly name: string;
  readonly successful: boolean;
  readonly errors?: readonly Problem[];
  readonly warnings?: readonly Problem[];
  readonly schema_valid?: boolean;
  readonly schema_warnings?: readonly string[];
}

/** Reads what `falco --validate` says: a warning is a complaint, because Falco then does something else than is written. */
export function complaintsOf(stdout: string): string[] {
  const at = stdout.indexOf('{');
  if (at < 0) return [`no answer: ${stdout.trim()}`];
  const { falco_load_results: results = [] } = JSON.parse(stdout.slice(at)) as { falco_load_results?: Loaded[] };
  if (results.length === 0) return ['no file was loaded'];
  return results.flatMap(({ name, successful, errors = [], warnings = [], schema_valid, schema_warnings = [] }) => [
    ...[...errors, ...warnings].map(({ code, message }) => `${name}: ${code ?? ''} ${message ?? ''}`),
    ...(schema_valid === false ? [`${name}: not valid by the schema: ${schema_warnings.join('; ')}`] : []),
    ...(successful ? [] : [`${name}: not loaded`]),
  ]);
}

/** What the engine says about a rules file; its configuration, with the container plugin, is `FALCO_CONFIG`. */
export function complaints(program: string, file: string): string[] {
  const config = process.env.FALCO_CONFIG === undefined ? [] : ['-c', process.env.FALCO_CONFIG];
  const { stdout, stderr, error } = spawnSync(program, [...config, '--validate', file, '-o', 'json_output=true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return [error.message];
  return complaintsOf(stdout === '' ? stderr : stdout);
}
