/** A store in a folder: on this machine, or one that several machines share. */
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../../errors.ts';
import { fileSystemReason } from '../../fileSystemReason.ts';
import { checkKey } from './checkKey.ts';
import type { ObjectStore } from './objectStore.ts';
import { receiveFile } from './receiveFile.ts';

/**
 * Each object is a file, written beside its place and renamed. What is copied into it is checked against its checksum on the way, too: the
 * bytes that were read a second time are those that were hashed.
 */
export function createFolderStore(folder: string): ObjectStore {
  const place = (key: string) => path.join(folder, ...checkKey(key).split('/'));
  const explained = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(`the store ${folder}: ${key}: ${fileSystemReason(error)}`, { cause: error });
    }
  };
  return {
    shown: folder,
    put: (key, content) =>
      explained(key, () =>
        receiveFile(content.read(), place(key), content, `${key} on its way to ${folder}`),
      ),
    fetch: (key, file, expected) =>
      explained(key, () => receiveFile(piecesOf(place(key)), file, expected, `${key} in ${folder}`)),
    read: (key, maxBytes) =>
      explained(key, async () => {
        const handle = await open(place(key), 'r').catch(ifThere);
        if (!handle) return undefined;
        try {
          if ((await handle.stat()).size > maxBytes)
            throw new StoreError(`the store ${folder}: ${key} is longer than ${maxBytes} bytes`);
          return await handle.readFile();
        } finally {
          await handle.close();
        }
      }),
    has: (key, bytes) =>
      explained(key, async () => {
        const found = await stat(place(key)).catch(ifThere);
        return found?.isFile() === true && found.size === bytes;
      }),
    remove: (key) => explained(key, () => rm(place(key), { force: true })),
    close() {},
  };
}

/** Opened when the first piece is asked for, so that who asks hears of what goes wrong. */
async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file);
}

/** @throws whatever it is, but for a file that is not there */
function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
