/** Finds the masks of photos: named by the data set, in a folder `masks`, or beside the photo as instant-ngp has them. */
import { readdir } from 'node:fs/promises';
import { dirname, join, parse, posix, relative, sep } from 'node:path';
import { DataError } from '../../errors.ts';
import { mapConcurrently } from '../mapConcurrently.ts';
import { isPhoto } from '../photoNames.ts';
import type { MaskFile } from '../scene.ts';
import { findFile } from './findImages.ts';

/** Files that are looked for at a time. */
const concurrency = 8;
/** Folders of photos whose masks lie in a folder `masks` beside them. */
const photoFolder = /^(?:.*?\/)?(images|input|photos|train|test|val|rgb|color|keyframes)(_\d+)?\//;

export interface MaskedPhoto {
  readonly image: string;
  /** Path of its mask, as seen from the data set's folder, where the data set names one. */
  readonly mask?: string | undefined;
}

/**
 * The mask of each photo. Where the data set names none at all, a folder `masks` is looked into, whose files have the photos' names:
 * `masks/a/1.png` or (COLMAP) `masks/a/1.jpg.png` for `images/a/1.jpg`; and `dynamic_mask_1.png` beside the photo.
 * @param folder of the data set
 * @throws DataError for a mask that is named but does not exist
 */
export async function findMasks(
  folder: string,
  photos: readonly MaskedPhoto[],
  source: string,
): Promise<(MaskFile | undefined)[]> {
  if (photos.some(({ mask }) => mask !== undefined))
    return mapConcurrently(photos, concurrency, ({ mask }) => namedMask(folder, mask, source));
  const [inFolder, beside] = await Promise.all([listMasks(folder), listDynamicMasks(photos)]);
  return photos.map(({ image }) => {
    const name = relative(folder, image).split(sep).join('/').replace(photoFolder, '');
    const path = inFolder.get(name.toLowerCase()) ?? inFolder.get(withoutExtension(name).toLowerCase());
    if (path !== undefined) return { path, hides: 'black' };
    const dynamic = join(dirname(image), `dynamic_mask_${parse(image).name}.png`);
    return beside.has(dynamic) ? { path: dynamic, hides: 'others' } : undefined;
  });
}

async function namedMask(folder: string, mask: string | undefined, source: string) {
  if (mask === undefined) return undefined;
  const path = await findFile(folder, mask);
  if (path !== undefined) return { path, hides: 'black' } as const;
  throw new DataError(
    `${source}: the mask ${join(folder, mask)} does not exist. Put it there, or remove its mask_path.`,
    source,
  );
}

/** Files below `masks`, by their path without the last extension, in small letters. */
async function listMasks(folder: string): Promise<Map<string, string>> {
  const root = join(folder, 'masks');
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const images = names.filter(isPhoto).sort();
  return new Map(
    images.map((name) => [
      withoutExtension(name.split(sep).join('/').replace(photoFolder, '')).toLowerCase(),
      join(root, name),
    ]),
  );
}

async function listDynamicMasks(photos: readonly MaskedPhoto[]): Promise<Set<string>> {
  const folders = [...new Set(photos.map(({ image }) => dirname(image)))];
  const found = await Promise.all(
    folders.map(async (place) => {
      const names = await readdir(place).catch(() => []);
      return names.filter((name) => name.startsWith('dynamic_mask_')).map((name) => join(place, name));
    }),
  );
  return new Set(found.flat());
}

function withoutExtension(name: string): string {
  const { dir, name: stem } = posix.parse(name);
  return posix.join(dir, stem);
}
