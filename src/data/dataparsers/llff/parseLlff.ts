/** Captures in the format of LLFF (Mildenhall et al. 2019): `poses_bounds.npy` and a folder of photos. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../errors.ts';
import { isPhoto } from '../../photoNames.ts';
import { readDataBytes } from '../../readDataFile.ts';
import type { Scene } from '../../scene.ts';
import type { ParseContext } from '../dataparser.ts';
import { type FrameInput, frameListScene } from '../frameListScene.ts';
import { decodeNpy } from './readNpy.ts';

/** Of a download often only the smaller copies are there. */
const photoFolders = ['images', 'images_2', 'images_4', 'images_8'];
/** A row: a [3, 5] matrix, then the nearest and farthest depth, which are not used. */
const columns = 17;

/**
 * The first row belongs to the first photo by name, and so on. The matrix is camera to world with the axes down, right, back, the position, and
 * height, width and focal length in pixels of the photos as they were placed.
 * @throws DataError, one line
 */
export async function parseLlff(folder: string, context: ParseContext): Promise<Scene> {
  const source = join(folder, 'poses_bounds.npy');
  const { rows, columns: found, values } = decodeNpy(await readDataBytes(source), source);
  if (found !== columns)
    throw new DataError(
      `${source}: has ${found} columns, not ${columns} (a 3 x 5 matrix and two depths). Export it again.`,
      source,
    );
  const photos = await listPhotos(folder, source);
  if (photos.length !== rows)
    throw new DataError(
      `${source}: places ${rows} photos, but ${photos.length} are there. Its rows are those of the photos in order of their names: remove what it does not place, or export it again.`,
      source,
    );
  const frames = photos.map((name, index) =>
    frameOf(name, values.subarray(index * columns, index * columns + 15)),
  );
  return frameListScene({ source, folder, frames }, context);
}

function frameOf(name: string, matrix: Float64Array): FrameInput {
  const at = (row: number, column: number) => matrix[row * 5 + column]!;
  return {
    file_path: name,
    transform_matrix: [0, 1, 2].map((row) => [at(row, 1), -at(row, 0), at(row, 2), at(row, 3)]),
    h: at(0, 4),
    w: at(1, 4),
    fl_x: at(2, 4),
  };
}

/** Sorted, seen from the data set's folder. */
async function listPhotos(folder: string, source: string): Promise<string[]> {
  for (const place of photoFolders) {
    const names = await readdir(join(folder, place)).catch(() => []);
    const photos = names.filter(isPhoto).sort();
    if (photos.length > 0) return photos.map((name) => `${place}/${name}`);
  }
  throw new DataError(
    `${source}: there is no photo in ${join(folder, 'images')}. Put the photos there.`,
    source,
  );
}
