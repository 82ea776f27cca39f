/** A file for what finds no room in memory. It has no name: the system frees it when the process ends, whichever way that happens. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DataError } from '../errors.ts';
import { describeBytes } from './describeBytes.ts';

export interface ScratchFile {
  readonly descriptor: number;
  /** Where it lies. */
  readonly folder: string;
  close(): void;
}

/** Numbers of file systems that lie in memory themselves (Linux): tmpfs and ramfs. */
const memoryFileSystems: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** @throws DataError where no folder for temporary files has `bytes` of room on a disk */
export async function openScratchFile(bytes: number): Promise<ScratchFile> {
  const folder = await scratchFolder(bytes);
  const path = join(folder, `nerfstream-photos-${process.pid}-${crypto.randomUUID()}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  // Where a file that is open keeps its name (Windows), it goes when it is closed.
  const remove = () => rmSync(path, { force: true });
  try {
    remove();
  } catch {}
  return {
    descriptor,
    folder,
    close() {
      closeSync(descriptor);
      remove();
    },
  };
}

/** The system's folder for temporary files, or another one if that lies in memory or is too full. */
export async function scratchFolder(bytes: number): Promise<string> {
  const usual = os.tmpdir();
  for (const folder of [usual, '/var/tmp', process.cwd()]) {
    const found = await statfs(folder).catch(() => undefined);
    if (found && !memoryFileSystems.has(found.type) && found.bavail * found.bsize > bytes) return folder;
  }
  throw new DataError(
    `${usual}: decoded photos need ${describeBytes(bytes)} on a disk, which is not free there. Name a folder with more room (TMPDIR), or make photos smaller (data.downscale).`,
    usual,
  );
}
