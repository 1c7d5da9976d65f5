import { FirepitError } from '../errors';

/** Why output cannot be written, and what to do about it. */
export const refuse = (message: string, fix: string): FirepitError =>
  new FirepitError('output', `${message}\n  fix: ${fix}`);

export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'something is there already',
  ENAMETOOLONG: 'the path is too long',
  EBUSY: 'it is in use',
};

/** What the system refused, in words; anything else as it is. */
export const asRefusal = (error: unknown): unknown =>
  isSystemError(error)
    ? refuse(
        `cannot write ${error.path ?? 'the output'}: ${REASONS[error.code ?? ''] ?? error.message}`,
        'correct that, or write elsewhere with --out (CDK8S_OUTDIR)',
      )
    : error;
