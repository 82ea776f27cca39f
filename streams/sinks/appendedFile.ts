/** A file that only grows: appended to in batches, flushed to the disk when it is closed. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface AppendedFile {
  /** Appends all of it or rejects; what a failed call left is cut off by the next one. */
  append(content: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens for appending; creates file and folder where missing. */
export async function openAppendedFile(file: string): Promise<AppendedFile> {
  await mkdir(dirname(file), { recursive: true });
  const handle: FileHandle = await open(file, 'a');
  let { size } = await handle.stat();
  let torn = false;
  return {
    async append(content) {
      if (torn) await handle.truncate(size);
      torn = true;
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      await handle.appendFile(bytes);
      size += bytes.length;
      torn = false;
    },
    async close() {
      await handle.sync();
      await handle.close();
    },
  };
}
