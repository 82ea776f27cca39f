/** Replaces a file as a whole: a reader sees the old content or the new, never half of it. */
import { open, rename, rm } from 'node:fs/promises';

/** Writes beside the file, makes it durable, then renames. @throws the system's error; the old file stays. */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
}
