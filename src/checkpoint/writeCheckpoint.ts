/**
 * Puts a checkpoint into a folder so that, whenever the process or the machine dies, a file with the final name is
 * either absent or complete. It uses its thread to the full: it belongs into one of its own.
 */
import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnwritableError } from '../errors.ts';
import type { RunningHash64 } from '../hash64.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFileName } from './checkpointFiles.ts';
import { type CheckpointPlan, planCheckpoint } from './encodeCheckpoint.ts';
import { fileSystemError } from './fileSystemError.ts';

/** What unfinished files end in; never `.ckpt`. */
export const temporarySuffix = '.ckpt.tmp';

/** A piece is checksummed and then taken over by the system while the processor's cache still has it. */
const pieceBytes = 1024 * 1024;
/** After so many bytes the disk begins to write what it has, beside everything else. */
const flushBytes = 32 * 1024 * 1024;

/**
 * Writes under a temporary name, flushes it to the disk, renames it, and flushes the folder. It waits for the disk alone, not
 * for turns of the event loop: on a busy machine each one would cost as much as a piece of the file.
 *
 * @param beginHash of {@link loadHash64}
 * @returns the file
 * @throws CheckpointError when the file system refuses; the temporary file is gone then
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  beginHash: () => RunningHash64,
): Promise<string> {
  const file = join(folder, checkpointFileName(checkpoint.step));
  const temporary = file.replace(/\.ckpt$/, temporarySuffix);
  try {
    mkdirSync(folder, { recursive: true });
    const plan = planCheckpoint(checkpoint, beginHash);
    requireSpace(folder, plan.fileLength);
    const descriptor = openSync(temporary, 'w');
    const flushes: Promise<unknown>[] = [];
    try {
      writeContent(descriptor, plan, beginHash, flushes);
      fsyncSync(descriptor);
      await Promise.all(flushes);
    } finally {
      await Promise.allSettled(flushes);
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

/** Tensors first, the header with their checksums last. @param flushes gets what the disk begins meanwhile */
function writeContent(
  descriptor: number,
  { blobs, fileLength, head }: CheckpointPlan,
  beginHash: () => RunningHash64,
  flushes: Promise<unknown>[],
): void {
  const checksums: string[] = [];
  let unflushed = 0;
  for (const { start, bytes } of blobs) {
    const hash = beginHash();
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      hash.update(piece);
      writeAll(descriptor, piece, start + at);
      unflushed += piece.length;
      if (unflushed < flushBytes) continue;
      flushes.push(flushBeside(descriptor));
      unflushed = 0;
    }
    checksums.push(hash.digest());
  }
  writeAll(descriptor, head(checksums), 0);
  ftruncateSync(descriptor, fileLength);
}

/** Room that is left for what else a run writes: metrics, logs, pictures. */
const spareBytes = 256 * 1024;

/** Refuses before anything is written, with both sizes in the message. File systems that do not say how large they are are trusted. */
function requireSpace(folder: string, fileBytes: number): void {
  const { blocks, bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const needed = fileBytes * 1.02 + spareBytes;
  if (blocks === 0 || free >= needed) return;
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  throw new UnwritableError(
    `A checkpoint needs ${megabytes(needed)} and ${folder} has only ${megabytes(free)} left: free some space.`,
    folder,
  );
}

/** Lets another thread wait until the disk has what was written so far. */
const flushBeside = promisify(fdatasync);

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(descriptor, bytes, at, bytes.length - at, position + at);
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
