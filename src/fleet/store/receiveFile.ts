/** Writes what comes out of a store: the file is there under its name only when every byte of it has been checked. */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../../errors.ts';
import { makeFolders } from '../../runFolder/makeFolders.ts';
import type { Expected } from './objectStore.ts';

/**
 * @param pieces the bytes, from the beginning
 * @param what the object, for messages
 * @throws StoreError where other bytes come than are expected; whatever `pieces` and the file system throw. Nothing is left then
 */
export async function receiveFile(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  { bytes, sha256 }: Expected,
  what: string,
): Promise<void> {
  await makeFolders(path.dirname(file));
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(draft, 'wx');
    try {
      const hash = createHash('sha256');
      let received = 0;
      for await (const piece of pieces) {
        received += piece.length;
        if (received > bytes)
          throw new StoreError(`${what} is longer than the ${bytes} bytes that were stored`);
        hash.update(piece);
        await handle.writeFile(piece);
      }
      if (received !== bytes)
        throw new StoreError(`${what} has ${received} bytes, ${bytes} were stored: it is damaged`);
      if (hash.digest('hex') !== sha256)
        throw new StoreError(`${what} is damaged: its checksum is another one than was stored`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
