/**
 * Puts a checkpoint into a folder so that, whenever the process or the machine dies, a file with the final name is
 * either absent or complete. It uses its thread to the full: it belongs into one of its own.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UnwritableError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFileName } from './checkpointFiles.ts';
import { planCheckpoint } from './encodeCheckpoint.ts';
import { fileSystemError } from './fileSystemError.ts';
import { loadHash64 } from './hash64.ts';

/** What unfinished files end in; never `.ckpt`. */
export const temporarySuffix = '.ckpt.tmp';

/** A piece is checksummed here while the system takes it over; after each, the disk may begin. */
const pieceBytes = 4 * 1024 * 1024;

/**
 * Writes under a temporary name, flushes it to the disk, renames it, and flushes the folder.
 *
 * @returns the file
 * @throws CheckpointError when the file system refuses; the temporary file is gone then
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<string> {
  const file = join(folder, checkpointFileName(checkpoint.step));
  const temporary = file.replace(/\.ckpt$/, temporarySuffix);
  try {
    mkdirSync(folder, { recursive: true });
    const handle = await open(temporary, 'w');
    try {
      await writeContent(handle, checkpoint, folder);
      await handle.sync();
    } finally {
      await handle.close();
    }
    renameSync(temporary, file);
    syncFolder(folder);
  } catch (error) {
    removeQuietly(temporary);
    throw fileSystemError(
      error,
      `The checkpoint of step ${checkpoint.step} cannot be written to ${folder}`,
      file,
    );
  }
  return file;
}

/** Tensors first, the header with their checksums last. Checksums, copies into the system's cache and the disk go on side by side. */
async function writeContent(handle: FileHandle, checkpoint: Checkpoint, folder: string): Promise<void> {
  const beginHash = await loadHash64();
  const plan = planCheckpoint(checkpoint, beginHash);
  await requireSpace(folder, plan.fileLength);
  const flusher = createFlusher(handle);
  const checksums: string[] = [];
  for (const { start, bytes } of plan.blobs) {
    const hash = beginHash();
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      const written = writeAll(handle, piece, start + at);
      hash.update(piece);
      await written;
      flusher.begin();
    }
    checksums.push(hash.digest());
  }
  await flusher.end();
  await writeAll(handle, plan.head(checksums), 0);
  await handle.truncate(plan.fileLength);
}

/** Room that is left for what else a run writes: metrics, logs, pictures. */
const spareBytes = 256 * 1024;

/** Refuses before anything is written, with both sizes in the message. File systems that do not say how large they are are trusted. */
async function requireSpace(folder: string, fileBytes: number): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const needed = fileBytes * 1.02 + spareBytes;
  if (blocks === 0 || free >= needed) return;
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  throw new UnwritableError(
    `A checkpoint needs ${megabytes(needed)} and ${folder} has only ${megabytes(free)} left: free some space.`,
    folder,
  );
}

/** Flushes to the disk in the background, one call at a time. */
function createFlusher(handle: FileHandle): { begin(): void; end(): Promise<void> } {
  let flushing: Promise<void> | undefined;
  let failure: unknown;
  return {
    begin() {
      flushing ??= handle.datasync().then(
        () => {
          flushing = undefined;
        },
        (error: unknown) => {
          failure = error;
        },
      );
    },
    async end() {
      await flushing;
      if (failure !== undefined) throw failure;
    },
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; )
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

/** Makes the rename itself survive a power cut. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The reason why writing failed is worth more than the reason why cleaning up did.
  }
}
