/** Where a worker trains what a store keeps: a folder of its own, which is gone once the worker is. */
import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders, makeNamedFolder } from '../../runFolder/makeFolders.ts';
import { type RunLock, takeRunLock } from '../../runFolder/runLock.ts';

export interface WorkFolder {
  readonly folder: string;
  release(): Promise<void>;
}

const lockName = 'worker.lock';

/** Makes the folder, and removes those of workers that were killed. @throws RunFolderError where it cannot be made */
export async function takeWorkFolder(cache: string): Promise<WorkFolder> {
  const parent = path.join(cache, 'work');
  await makeNamedFolder(cache, '--cache');
  await makeFolders(parent);
  for (const name of await readdir(parent)) await removeIfAbandoned(path.join(parent, name));
  const folder = path.join(parent, randomUUID());
  await makeFolders(folder);
  const lock = await takeRunLock(path.join(folder, lockName));
  return {
    folder,
    async release() {
      await lock.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function removeIfAbandoned(folder: string): Promise<void> {
  // One that cannot be seen, of another machine, would be watched for long: it is left alone after a short look.
  const lock: RunLock | undefined = await takeRunLock(path.join(folder, lockName), { staleMs: 3_000 }).catch(
    () => undefined,
  );
  if (!lock) return;
  await lock.release();
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
