/** Writes the files of an export. */
import path from 'node:path';
import type { WorldToModel } from '../data/scene.ts';
import type { CoordinateFrame } from '../data/similarity.ts';
import { RunFolderError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import { coordinatesOf } from './coordinates.ts';

/** As a whole or not at all; missing folders are created. @throws RunFolderError */
export async function writeExport(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeFolders(path.dirname(path.resolve(file)));
    await writeFileAtomically(file, content);
  } catch (cause) {
    throw new RunFolderError(`${file} cannot be written: ${fileSystemReason(cause)}.`, file, { cause });
  }
}

/** Says beside an export, in a JSON file, which coordinates it is in. @throws RunFolderError */
export function writeCoordinates(
  file: string,
  frame: CoordinateFrame,
  worldToModel: WorldToModel,
): Promise<void> {
  return writeExport(file, `${JSON.stringify(coordinatesOf(frame, worldToModel), undefined, 1)}\n`);
}
