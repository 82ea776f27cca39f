/** Writes the files of an export. */
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import type { WorldToModel } from '../data/scene.ts';
import type { CoordinateFrame } from '../data/similarity.ts';
import { RunFolderError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import { makeFolders, nearestFolder } from '../runFolder/makeFolders.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import { coordinatesOf } from './coordinates.ts';

/** As a whole or not at all; missing folders are created. @throws RunFolderError */
export async function writeExport(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeFolders(path.dirname(path.resolve(file)));
    await writeFileAtomically(file, content);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/**
 * Finds out before the work whether `file` could be written: it is no folder, and the nearest folder above it that is there takes files. Makes
 * nothing. @throws RunFolderError, the one that {@link writeExport} would throw
 */
export async function checkExport(file: string): Promise<void> {
  try {
    if ((await stat(file).catch(() => undefined))?.isDirectory()) throw systemError('EISDIR');
    const folder = await nearestFolder(path.dirname(path.resolve(file)));
    if (!(await stat(folder)).isDirectory()) throw systemError('ENOTDIR');
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

function unwritable(file: string, cause: unknown): RunFolderError {
  return new RunFolderError(`${file} cannot be written: ${fileSystemReason(cause)}.`, file, { cause });
}

/** Says beside an export, in a JSON file, which coordinates it is in. @throws RunFolderError */
export function writeCoordinates(
  file: string,
  frame: CoordinateFrame,
  worldToModel: WorldToModel,
): Promise<void> {
  return writeExport(file, `${JSON.stringify(coordinatesOf(frame, worldToModel), undefined, 1)}\n`);
}
