/** Creates folders, and gives up where that is impossible; finds out where they would be created. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { RunFolderError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';

/**
 * Creates a folder and its parents; those that exist are left as they are. Node's own recursive `mkdir` never returns
 * where folders cannot be made although nothing forbids it, as in /proc.
 *
 * @throws the file system's error
 */
export async function makeFolders(folder: string): Promise<void> {
  if (await stat(folder).catch(() => undefined)) return;
  await makeFolders(path.dirname(path.resolve(folder)));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/**
 * The same for a folder that somebody has named, who is told in one line where it cannot be made or used.
 * @param option that it was named with, for example `--out`
 * @throws RunFolderError
 */
export async function makeNamedFolder(folder: string, option: string): Promise<void> {
  const refused = (why: string, cause?: unknown) =>
    new RunFolderError(`${option} ${folder}: ${why}. Choose another folder.`, folder, { cause });
  try {
    await makeFolders(folder);
    if (!(await stat(folder)).isDirectory()) throw refused('it is a file, not a folder');
    await access(folder, constants.W_OK);
  } catch (cause) {
    if (cause instanceof RunFolderError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    // What does not exist is the folder itself: nothing can be made where it would be.
    throw refused(`it cannot be made (${code === 'ENOENT' ? code : fileSystemReason(cause)})`, cause);
  }
}

/** The folder, or the nearest ancestor that exists. @param folder absolute */
export async function nearestFolder(folder: string): Promise<string> {
  if (await stat(folder).catch(() => undefined)) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? folder : nearestFolder(parent);
}
