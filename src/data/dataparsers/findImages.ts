/** Finds the image files that a transforms file names, and says which are not there and what is there instead. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, parse, win32 } from 'node:path';
import { DataError } from '../../errors.ts';
import { type ImageHeader, readImageHeader } from '../images.ts';
import { mapConcurrently } from '../mapConcurrently.ts';
import type { DataLog } from './dataparser.ts';
import type { Transforms } from './readTransforms.ts';
import type { FrameFields } from './transformsSchema.ts';

/** A frame whose image exists. */
export interface FoundFrame {
  readonly fields: FrameFields;
  readonly image: string;
  readonly header: ImageHeader;
}

/** Tried in turn when a path does not name a file by itself. */
const extensions = ['.png', '.jpg', '.jpeg', '.PNG', '.JPG', '.JPEG', '.webp', '.tif', '.tiff'];

/** Files looked at at a time. */
export const concurrency = 8;

/**
 * Looks for each frame's image, with and without an extension, and reads its size. An absolute path that leads nowhere is
 * another computer's: its last parts are looked for below the data set's folder. One warning a file says how many frames are
 * left out, and one how many were found that way.
 *
 * @param options `mayBeNone`: only warn when no image exists (a list of held-out images)
 * @returns frames in the order of the file; at least one unless `mayBeNone`
 * @throws DataError when no image exists, or one is not an image
 */
export async function findImages(
  transforms: Transforms,
  log: DataLog,
  { mayBeNone = false } = {},
): Promise<FoundFrame[]> {
  const { file, folder, frames } = transforms;
  const looked = await mapConcurrently(frames, concurrency, async (fields) => {
    const there = await findFile(folder, fields.file_path);
    const image = there ?? (await findByEnd(folder, fields.file_path));
    if (image === undefined) return undefined;
    return { fields, image, header: await readImageHeader(image), moved: there === undefined };
  });
  const found = looked.filter((frame) => frame !== undefined);
  const missing = frames.filter((_, index) => looked[index] === undefined);
  if (missing.length > 0) {
    const where = await describeMissing(folder, missing[0]!.file_path);
    if (found.length > 0) warnOfMissing(log, file, missing.length, where);
    else {
      const none = `${file}: none of its ${missing.length} images exists (the first would be ${where}).`;
      if (!mayBeNone) throw new DataError(`${none} Put the images there or correct file_path.`, file);
      log.warn(none);
    }
  }
  const moved = found.find((frame) => frame.moved);
  if (moved !== undefined)
    log.warn(
      `${file}: file_path is of another computer; images are found by the end of it below ${folder} (${moved.fields.file_path} is ${moved.image}).`,
    );
  return found;
}

/** One warning for all frames whose image does not exist. @param first where the first was looked for */
export function warnOfMissing(log: DataLog, source: string, missing: number, first: string): void {
  const left = missing === 1 ? '1 frame is' : `${missing} frames are`;
  log.warn(`${source}: ${left} left out because the image does not exist (the first would be ${first}).`);
}

async function findFile(folder: string, filePath: string): Promise<string | undefined> {
  const path = isAbsolute(filePath) ? filePath : join(folder, filePath);
  for (const candidate of [path, ...extensions.map((extension) => path + extension)])
    if (await isFile(candidate)) return candidate;
  // Windows tools write images\0001.jpg.
  return filePath.includes('\\') ? findFile(folder, filePath.replaceAll('\\', '/')) : undefined;
}

/** The file below `folder` whose path ends as the absolute path does, as much of it as possible. */
async function findByEnd(folder: string, filePath: string): Promise<string | undefined> {
  // A path that starts with / counts as absolute on Windows, too.
  if (!win32.isAbsolute(filePath)) return undefined;
  const parts = filePath.split(/[\\/]/);
  for (let first = 1; first < parts.length; first++) {
    const found = await findFile(folder, parts.slice(first).join('/'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where the image was looked for, and a file there that may be meant: `a/1.jpg; a/1.JPG is there`. */
async function describeMissing(folder: string, filePath: string): Promise<string> {
  if (win32.isAbsolute(filePath))
    return `${filePath}, a path of another computer; nothing below ${folder} ends like it either`;
  const path = join(folder, filePath.replaceAll('\\', '/'));
  const stem = (name: string) => parse(name).name.toLowerCase();
  const names = await readdir(dirname(path)).catch(() => []);
  const alike = names.sort().find((name) => stem(name) === stem(path));
  return alike === undefined ? path : `${path}; ${join(basename(dirname(path)), alike)} is there`;
}

/** Whether `path` is a file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
