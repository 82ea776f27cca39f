/** Tells failures that people can mend while a run waits from those that it cannot get over. */
import { UnwritableError } from '../errors.ts';

/** The system's words for a full disk, a used-up quota, and a disk or folder that may not be written. */
const codes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

/** Whether the error, or what caused it, is that the disk is full or may not be written. */
export function isUnwritable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof UnwritableError || codes.has('code' in error && error.code) || isUnwritable(error.cause)
  );
}
