/** What the operating system says about a file, in words that help. */

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

/** The reason in words, with what to do where that is known; else the error's own message. @param error whatever a file operation threw */
export function fileSystemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : advice[code]) ?? message;
}
