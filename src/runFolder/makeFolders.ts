/** Creates folders, and gives up where that is impossible. */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

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
