/** What the operating system says about a checkpoint's file, as an error of a checkpoint. */
import { CheckpointError, UnwritableError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import { isUnwritable } from './isUnwritable.ts';

/**
 * @param error whatever a file operation threw; an error that is a `CheckpointError` already is returned as it is
 * @param what the part of the sentence before the reason, for example `runs/a/x.ckpt cannot be read`
 */
export function fileSystemError(error: unknown, what: string, file: string): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const Failure = isUnwritable(error) ? UnwritableError : CheckpointError;
  return new Failure(`${what}: ${fileSystemReason(error)}.`, file, { cause: error });
}
