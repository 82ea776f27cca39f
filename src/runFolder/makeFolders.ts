/** Creates folders, and gives up where that is impossible; finds out where they would be created. */
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

/** The folder, or the nearest ancestor that exists. @param folder absolute */
export async function nearestFolder(folder: string): Promise<string> {
  if (await stat(folder).catch(() => undefined)) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? folder : nearestFolder(parent);
}
