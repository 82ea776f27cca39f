/** Pictures of a run folder. */
import path from 'node:path';
import { writePng } from '../data/writePng.ts';
import { RunFolderError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import type { RgbImage } from '../pipeline/pipeline.ts';
import { makeFolders } from './makeFolders.ts';

/** Writes `image` as 8-bit PNG to `file`, relative to `folder`; missing folders are created. @throws RunFolderError if it cannot */
export async function writePicture(folder: string, file: string, image: RgbImage): Promise<void> {
  const target = path.join(folder, file);
  try {
    await makeFolders(path.dirname(target));
    await writePng(target, image);
  } catch (cause) {
    throw new RunFolderError(`The picture ${target} cannot be written: ${fileSystemReason(cause)}.`, target, {
      cause,
    });
  }
}
