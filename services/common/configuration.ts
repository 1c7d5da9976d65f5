import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { VERSIONS_READ } from '../../contract';

/** A file that no service starts with: which one, where in it, what was found, what was expected. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super([`${file}: not a configuration this service can run on`, ...problems.map((p) => `  ${p}`)].join('\n'));
  }
}

/** The text of a mounted file. @throws ConfigurationError */
export const readMounted = (file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'there is no such file' : code === undefined ? 'not UTF-8' : code;
    throw new ConfigurationError(file, [`found: ${what}; expected: a file that the service may read`]);
  }
};

const LONGEST = 80;
/** A value of a configuration as an error shows it. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};
const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

const problem = (raw: unknown, { path, message }: z.core.$ZodIssue): string =>
  `${path.join('.') || '(root)'}: found ${shown(at(raw, path))}; expected: ${message}`;

const MOUNTED = /^\/(etc|var\/run|var\/lib)\/firepit\//;

/** The same configuration where another folder stands for the root of the file system. */
const moved = (value: unknown, root: string): unknown => {
  if (typeof value === 'string') return MOUNTED.test(value) ? join(root, value) : value;
  if (Array.isArray(value)) return value.map((inner) => moved(inner, root));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, moved(inner, root)]));
};

/**
 * A configuration file as its schema in `contract/` says.
 * @param root where the paths in it start, on a machine without the pod's mounts @default - the root of the file system
 * @throws ConfigurationError with every problem of it
 */
export const configurationOf = <T>(file: string, schema: z.ZodType<T>, root = '/'): T => {
  let raw: unknown;
  try {
    raw = JSON.parse(readMounted(file));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(file, [`found: ${(error as Error).message}; expected: JSON`]);
  }
  const version = (raw as { version?: unknown } | null)?.version;
  if (!VERSIONS_READ.includes(version as number))
    throw new ConfigurationError(file, [
      `version: found ${shown(version)}; expected: ${VERSIONS_READ.join(' or ')}. Roll out service and configuration together`,
    ]);
  const result = schema.safeParse(raw);
  if (!result.success)
    throw new ConfigurationError(
      file,
      result.error.issues.map((issue) => problem(raw, issue)),
    );
  return root === '/' ? result.data : (moved(result.data, root) as T);
};
