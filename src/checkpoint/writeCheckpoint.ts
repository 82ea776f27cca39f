/**
 * Puts a checkpoint into a folder so that, whenever the process or the machine dies, a file with the final name is
 * either absent or complete. Synchronous file calls: it runs in a thread of its own.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFileName } from './checkpointFiles.ts';
import { encodeCheckpoint } from './codec.ts';
import { fileSystemError } from './fileSystemError.ts';

/** What unfinished files end in; never `.ckpt`. */
export const temporarySuffix = '.ckpt.tmp';

/**
 * Encodes, writes under a temporary name, flushes it to the disk, renames it, and flushes the folder.
 *
 * @returns the file
 * @throws CheckpointError when the file system refuses; the temporary file is gone then
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<string> {
  const file = join(folder, checkpointFileName(checkpoint.step));
  const temporary = file.replace(/\.ckpt$/, temporarySuffix);
  const parts = await encodeCheckpoint(checkpoint);
  try {
    mkdirSync(folder, { recursive: true });
    const descriptor = openSync(temporary, 'w');
    try {
      for (const part of parts) writeAll(descriptor, part);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
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

function writeAll(descriptor: number, part: Uint8Array): void {
  for (let at = 0; at < part.length; )
    at += writeSync(descriptor, part, at, Math.min(part.length - at, 2 ** 30));
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
