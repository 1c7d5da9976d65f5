import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, FirepitError } from '../lib/errors';
import { NoteError, type Verification, type VerifyOptions, verifierOf, verifyLog } from '../services/ledger';
import { green, yellow } from './report';
import { visible } from './visible';

export interface AuditOptions {
  readonly key?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** The folder of a log. @throws FirepitError `usage` */
export function logFolder(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new FirepitError(
      'usage',
      `${path} is no folder\n  fix: name the folder of a log, the one that holds the file checkpoint`,
    );
  if (!existsSync(join(path, 'checkpoint')) && !existsSync(join(path, 'tile')))
    throw new FirepitError(
      'usage',
      `${path} holds no log: neither checkpoint nor tile/\n  fix: name the folder of a log, the one that holds the file checkpoint`,
    );
  return path;
}

const fileOf = (path: string, what: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FirepitError('usage', `${what} cannot be read: ${(error as Error).message}\n  fix: name a file`);
  }
};

/** Who must have signed: a vkey, or a file with one or with a public key in PEM. */
function keyOf(given: string): NonNullable<VerifyOptions['key']> {
  const text = /^[^+\s]+\+[0-9a-f]{8}\+\S+$/.test(given) ? given : fileOf(given, 'the key');
  const key = (origin: string) => verifierOf(text, origin);
  try {
    key('any');
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new FirepitError('usage', `${error.message}\n  fix: give the public key of the ledger as --key`);
  }
  return key;
}

/** Verifies the log in a folder as the options say. */
export function verified(path: string, options: AuditOptions, onEntry?: VerifyOptions['onEntry']): Verification {
  return verifyLog(logFolder(path), {
    ...(options.key === undefined ? {} : { key: keyOf(options.key) }),
    ...(options.since === undefined ? {} : { since: fileOf(options.since, 'the earlier checkpoint') }),
    ...(onEntry === undefined ? {} : { onEntry }),
  });
}

/** @throws FirepitError `failed`, when anything in the log is not as it was signed */
export function assertSound(path: string, { findings }: Verification): void {
  if (findings.length === 0) return;
  const lines = findings.map(
    ({ where, found, expected }) =>
      `  ${visible(where)}\n    found:    ${visible(found)}\n    expected: ${visible(expected)}`,
  );
  throw new FirepitError(
    'failed',
    `the log in ${path} is not what was signed: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}\n${lines.join('\n')}\n  fix: keep the folder as it is, and compare it with a copy and with the database`,
    findings,
  );
}

const summary = ({ checkpoint, signed, since, unsigned }: Verification): string =>
  [
    `${visible(checkpoint?.origin ?? '')}: ${checkpoint?.size} entries, root hash ${checkpoint?.root.toString('base64')}`,
    ...(since === undefined ? [] : [`the ${since.size} entries of the earlier checkpoint are its first`]),
    ...(unsigned === 0 ? [] : [`${unsigned} files are written and not signed yet`]),
    signed === 'verified'
      ? green(process.stdout, 'sound, and signed by the key given')
      : yellow(process.stdout, 'sound in itself; who signed it was not checked: give --key'),
  ].join('\n');

/** `firepit audit verify`: everything the folder says, against its checkpoint. */
export function auditVerify(path: string, options: AuditOptions): void {
  const verification = verified(path, options);
  const { checkpoint, signed, since, findings, unsigned } = verification;
  const exit = findings.length > 0 ? 'failed' : signed === 'verified' ? 'ok' : 'unproven';
  if (options.json)
    process.stdout.write(
      `${JSON.stringify(
        {
          command: 'audit verify',
          result: exit,
          ...(checkpoint === undefined ? {} : { ...checkpoint, root: checkpoint.root.toString('base64') }),
          signed,
          ...(since === undefined ? {} : { since: since.size }),
          unsigned,
          findings,
        },
        null,
        2,
      )}\n`,
    );
  else {
    assertSound(path, verification);
    process.stdout.write(`${summary(verification)}\n`);
  }
  process.exitCode = EXIT_CODES[exit].code;
}
