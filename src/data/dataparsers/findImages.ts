/** Finds the image files that a data set names, and says which are not there and what is there instead. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, parse, win32 } from 'node:path';
import { DataError } from '../../errors.ts';
import { type ImageHeader, readImageHeader } from '../images.ts';
import { mapConcurrently } from '../mapConcurrently.ts';
import type { DataLog } from './dataparser.ts';

/** An entry of a data set whose image exists. */
export interface Found<Entry> {
  readonly entry: Entry;
  readonly image: string;
  readonly header: ImageHeader;
}

/** Tried in turn when a path does not name a file by itself. */
const extensions = ['.png', '.jpg', '.jpeg', '.PNG', '.JPG', '.JPEG', '.webp', '.tif', '.tiff'];

/** Files looked at at a time. */
const concurrency = 8;

export interface ImageSearch<Entry> {
  /** File or folder that names the images; messages name it. */
  readonly source: string;
  /** What paths are relative to. */
  readonly folder: string;
  readonly entries: readonly Entry[];
  readonly pathOf: (entry: Entry) => string;
  readonly log: DataLog;
  /** Only warn when no image exists (a list of held-out images). */
  readonly mayBeNone?: boolean;
}

/**
 * Looks for each entry's image, with and without an extension, and reads its size. An absolute path that leads nowhere is
 * another computer's: its last parts are looked for below the data set's folder. One warning each says how many are left out, how many were
 * found that way, and how many are stored turned.
 *
 * @returns entries in their order; at least one unless `mayBeNone`
 * @throws DataError when no image exists, or one is not an image
 */
export async function findImages<Entry>(search: ImageSearch<Entry>): Promise<Found<Entry>[]> {
  const { source, folder, entries, pathOf, log } = search;
  const looked = await mapConcurrently(entries, concurrency, async (entry) => {
    const there = await findFile(folder, pathOf(entry));
    const image = there ?? (await findByEnd(folder, pathOf(entry)));
    if (image === undefined) return undefined;
    return { entry, image, header: await readImageHeader(image), moved: there === undefined };
  });
  const found = looked.filter((frame) => frame !== undefined);
  const missing = entries.filter((_, index) => looked[index] === undefined);
  if (missing.length > 0) {
    const where = await describeMissing(folder, pathOf(missing[0]!));
    if (found.length > 0) warnOfMissing(log, source, missing.length, where);
    else {
      const none = `${source}: none of its ${missing.length} images exists (the first would be ${where}).`;
      if (!search.mayBeNone)
        throw new DataError(`${none} Put the images there or correct file_path.`, source);
      log.warn(none);
    }
  }
  const moved = found.find((frame) => frame.moved);
  if (moved !== undefined)
    log.warn(
      `${source}: file_path is of another computer; images are found by the end of it below ${folder} (${pathOf(moved.entry)} is ${moved.image}).`,
    );
  warnOfTurned(found, source, log);
  return found;
}

/** Poses are given for pixels as they are stored, which is what COLMAP, nerfstudio and instant-ngp look at, too. */
function warnOfTurned(found: readonly Found<unknown>[], source: string, log: DataLog): void {
  const turned = found.filter(({ header }) => header.orientation > 1);
  if (turned.length > 0)
    log.warn(
      `${source}: ${turned.length} of its ${found.length} images say in their EXIF data that they are to be shown turned or mirrored (the first is ${turned[0]!.image}). Pixels are used as they are stored, as COLMAP uses them: if renders come out wrong, turn the pixels (magick mogrify -auto-orient) and find the poses again.`,
    );
}

/** @param first where the first was looked for */
function warnOfMissing(log: DataLog, source: string, missing: number, first: string): void {
  const left = missing === 1 ? '1 frame is' : `${missing} frames are`;
  log.warn(`${source}: ${left} left out because the image does not exist (the first would be ${first}).`);
}

/** The file at `filePath`, seen from `folder`, with and without an extension; undefined if there is none. */
export async function findFile(folder: string, filePath: string): Promise<string | undefined> {
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
