/** The photos that are to be placed: found, looked at, and brought together in one folder. */
import { constants } from 'node:fs';
import { copyFile, link, readdir, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { readWholeImageHeader } from '../data/images.ts';
import { mapConcurrently } from '../data/mapConcurrently.ts';
import { isForeignPhoto, isPhoto } from '../data/photoNames.ts';
import { DataError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';

/** A photo in the folder of images. */
export interface Photo {
  /** Path below the folder, with `/` on every system. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** Folders of what belongs to photos but is none, and of smaller copies. */
const besides = /(^|\/)(masks?|depths?|images_\d+)\//i;
/** COLMAP finds nothing in fewer. */
const fewest = 3;
const concurrency = 4;

/**
 * Names of the photos in `folder` and the folders in it, sorted.
 * @param except a folder that is left out
 * @throws DataError if there are none, or too few
 */
export async function listPhotos(folder: string, except?: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((cause: unknown) => {
    throw new DataError(`${folder}: cannot be read: ${fileSystemReason(cause)}.`, folder, { cause });
  });
  const files = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => except === undefined || !file.startsWith(except + path.sep));
  const names = files.map((file) => path.relative(folder, file).split(path.sep).join('/'));
  const photos = names.filter((name) => isPhoto(name) && !besides.test(name)).sort();
  const other = names.filter(isForeignPhoto).sort()[0];
  if (photos.length === 0)
    throw new DataError(
      other === undefined
        ? `${folder}: holds no photos (JPEG, PNG, TIFF, BMP, WebP). Name the folder of the photos, or a video.`
        : `${folder}: ${other} and its like are read neither by COLMAP nor here. Convert them to JPEG first.`,
      folder,
    );
  if (photos.length < fewest)
    throw new DataError(
      `${folder}: ${photos.length === 1 ? 'holds 1 photo' : `holds ${photos.length} photos`}; at least ${fewest} are needed, and 20 to 200 from all around are usual.`,
      folder,
    );
  return photos;
}

/**
 * Decodes every photo, coarsely, and brings it into the folder `images`: as a second name of the same file where the disk allows it, else as
 * a copy. Photos that are there already stay as they are.
 * @param sources paths of the photos by their names
 * @throws DataError naming the first photo that cannot be read
 */
export async function gatherPhotos(
  sources: ReadonlyMap<string, string>,
  images: string,
  onPhoto: () => void,
): Promise<Photo[]> {
  const photos = await mapConcurrently([...sources], concurrency, async ([name, source]): Promise<Photo> => {
    const { width, height } = await readWholeImageHeader(source);
    onPhoto();
    return { name, width, height };
  });
  for (const [name, source] of sources) await place(source, path.join(images, ...name.split('/')));
  return photos;
}

async function place(source: string, target: string): Promise<void> {
  if (path.resolve(source) === path.resolve(target)) return;
  const [from, there] = await Promise.all([stat(source), stat(target).catch(() => undefined)]);
  if (there?.ino === from.ino && there.dev === from.dev) return;
  try {
    await makeFolders(path.dirname(target));
    await rm(target, { force: true });
    // Of a symbolic link it is the file that is wanted.
    await link(await realpath(source), target).catch(() =>
      copyFile(source, target, constants.COPYFILE_FICLONE),
    );
  } catch (cause) {
    throw new DataError(`${target}: cannot be written: ${fileSystemReason(cause)}.`, target, { cause });
  }
}
