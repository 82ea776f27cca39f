/** What the operating system says about a checkpoint's file, in words that help. */
import { CheckpointError, UnwritableError } from '../errors.ts';
import { isUnwritable } from './isUnwritable.ts';

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EROFS: 'the file system is read-only; use another folder (--out)',
  EACCES: 'permission is denied; make it accessible or use another folder (--out)',
  EPERM: 'permission is denied; make it accessible or use another folder (--out)',
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is not a folder',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  EIO: 'the disk reports an error; earlier checkpoints may still be readable',
};

/**
 * @param error whatever a file operation threw; an error that is a `CheckpointError` already is returned as it is
 * @param what the part of the sentence before the reason, for example `runs/a/x.ckpt cannot be read`
 */
export function fileSystemError(error: unknown, what: string, file: string): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = (code === undefined ? undefined : advice[code]) ?? message;
  const Failure = isUnwritable(error) ? UnwritableError : CheckpointError;
  return new Failure(`${what}: ${reason}.`, file, { cause: error });
}
