/** Finds the image files that a transforms file names. */
import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { DataError } from '../../errors.ts';
import { type ImageHeader, readImageHeader } from '../images.ts';
import { mapConcurrently } from '../mapConcurrently.ts';
import type { Transforms } from './readTransforms.ts';
import type { FrameFields } from './transformsSchema.ts';

/** A frame whose image exists. */
export interface FoundFrame {
  readonly fields: FrameFields;
  readonly image: string;
  readonly header: ImageHeader;
}

export interface FoundFrames {
  /** In the order of the file; at least one. */
  readonly found: readonly FoundFrame[];
  /** `file_path` of the frames that were left out. */
  readonly missing: readonly string[];
}

/** Tried in turn when a path does not name a file by itself. */
const extensions = ['.png', '.jpg', '.jpeg', '.PNG', '.JPG', '.JPEG', '.webp', '.tif', '.tiff'];

/** Files looked at at a time. */
const concurrency = 8;

/**
 * Looks for each frame's image, with and without an extension, and reads its size. Throws `DataError` when none exists
 * or one is not an image.
 */
export async function findImages({ file, folder, frames }: Transforms): Promise<FoundFrames> {
  const missing: string[] = [];
  const found = await mapConcurrently(frames, concurrency, async (fields) => {
    const image = await findFile(folder, fields.file_path);
    return image === undefined ? undefined : { fields, image, header: await readImageHeader(image) };
  });
  frames.forEach((fields, index) => {
    if (found[index] === undefined) missing.push(fields.file_path);
  });
  if (missing.length === frames.length)
    throw new DataError(
      `${file}: none of its ${frames.length} images exists (the first one would be ${join(folder, missing[0]!)}). Put the images there or correct file_path.`,
      file,
    );
  return { found: found.filter((frame) => frame !== undefined), missing };
}

async function findFile(folder: string, filePath: string): Promise<string | undefined> {
  const path = isAbsolute(filePath) ? filePath : join(folder, filePath);
  for (const candidate of [path, ...extensions.map((extension) => path + extension)])
    if (await isFile(candidate)) return candidate;
  // Windows tools write images\0001.jpg.
  return filePath.includes('\\') ? findFile(folder, filePath.replaceAll('\\', '/')) : undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
