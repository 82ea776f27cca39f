/** Finds COLMAP's files in a data set, whichever way its folders are laid out. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError } from '../../../errors.ts';
import { readDataBytes, readDataText } from '../../readDataFile.ts';
import { isFile } from '../findImages.ts';
import type { ColmapModel } from './colmapModel.ts';
import { readCamerasBinary, readImagesBinary, readPointsBinary } from './readColmapBinary.ts';
import { readCamerasText, readImagesText, readPointsText } from './readColmapText.ts';

/** Where models lie, seen from the data set's folder; folders of several models (`0`, `1`, ...) are looked into. */
const modelPlaces = ['sparse', 'colmap/sparse', 'dense/0/sparse', 'dense/sparse', 'sparse_txt', '.'];
/** Where photos lie, seen from the data set's folder or one above the model's. */
const photoPlaces = ['images', 'input', 'photos', '.'];
/** A file this small in the place of a folder is a link that Git could not make. */
const largestLinkBytes = 1024;

/** The folder of a sparse model, and how its files are written. */
export interface ColmapFolder {
  readonly folder: string;
  readonly ending: 'bin' | 'txt';
}

/**
 * The model with the most images in one of the usual places; undefined if there is none.
 * @param wanted the model's folder, seen from `root`: then only that one is looked at
 */
export async function findColmapModel(root: string, wanted?: string): Promise<ColmapFolder | undefined> {
  for (const place of wanted === undefined ? modelPlaces : [wanted]) {
    const folder = join(root, place);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const numbered = entries.filter((entry) => entry.isDirectory() && /^\d+$/.test(entry.name));
    const candidates = [folder, ...numbered.map(({ name }) => join(folder, name))];
    const models = (await Promise.all(candidates.map(modelIn))).filter((model) => model !== undefined);
    const [largest] = models.sort((a, b) => b.images - a.images);
    if (largest) return { folder: largest.folder, ending: largest.ending };
  }
  return undefined;
}

/** @throws DataError, one line, for files that are missing or damaged */
export async function readColmapModel({ folder, ending }: ColmapFolder): Promise<ColmapModel> {
  const file = (name: string) => join(folder, `${name}.${ending}`);
  if (ending === 'bin') {
    const bytes = (name: string) => readDataBytes(file(name));
    return {
      cameras: readCamerasBinary(await bytes('cameras'), file('cameras')),
      images: readImagesBinary(await bytes('images'), file('images')),
      points: readPointsBinary(await bytes('points3D'), file('points3D')),
    };
  }
  const text = (name: string) => readDataText(file(name));
  return {
    cameras: readCamerasText(await text('cameras'), file('cameras')),
    images: readImagesText(await text('images'), file('images')),
    points: readPointsText(await text('points3D'), file('points3D')),
  };
}

/**
 * The folder in which most of the photos lie: `wanted`, or one of the usual places beside the model and above it, up to the data set's folder.
 * @throws DataError when none of the photos is found
 */
export async function findPhotos(
  root: string,
  model: ColmapFolder,
  names: readonly string[],
  wanted?: string,
): Promise<string> {
  const roots = [resolve(root)];
  for (let above = resolve(model.folder); above.startsWith(roots[0]!); above = dirname(above))
    roots.push(above);
  const places = wanted === undefined ? photoPlaces : [wanted];
  const candidates = roots.flatMap((base) => places.map((place) => join(base, place)));
  // Of a large set a few photos tell.
  const asked = names.filter((_, index) => index % Math.ceil(names.length / 32) === 0);
  let best = { folder: '', found: 0 };
  for (const candidate of new Set(candidates)) {
    const folder = await followLink(candidate);
    const there = await Promise.all(asked.map((name) => isFile(join(folder, name))));
    const found = there.filter(Boolean).length;
    if (found > best.found) best = { folder, found };
  }
  if (best.found > 0) return best.folder;
  throw new DataError(
    `${root}: none of the ${names.length} photos of the COLMAP model ${model.folder} is there (the first one would be ${join(candidates[0]!, names[0]!)}). Put the photos there, or name their folder: data.parser.images=DIR.`,
    root,
  );
}

/** Git writes a symbolic link as a small file with its target where links cannot be made (Windows, archives). */
async function followLink(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size > largestLinkBytes) return path;
  const target = (await readFile(path, 'utf8')).trim();
  return target.includes('\n') ? path : resolve(dirname(path), target);
}

/** A folder with a whole model in it, and how many images that has. */
async function modelIn(folder: string): Promise<(ColmapFolder & { readonly images: number }) | undefined> {
  for (const ending of ['bin', 'txt'] as const) {
    const files = ['cameras', 'images', 'points3D'].map((name) => join(folder, `${name}.${ending}`));
    if (!(await Promise.all(files.map(isFile))).every(Boolean)) continue;
    return { folder, ending, images: await countImages(files[1]!, ending) };
  }
  return undefined;
}

/** Good enough to tell which of several models is the largest. */
async function countImages(file: string, ending: ColmapFolder['ending']): Promise<number> {
  const handle = await open(file);
  try {
    if (ending === 'txt') return (await handle.stat()).size;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return bytesRead === 8 ? Number(buffer.readBigUInt64LE()) : 0;
  } finally {
    await handle.close();
  }
}
