/** Splats of a file to begin with, in place of points. */
import { readFile } from 'node:fs/promises';
import type { Scene } from '../../data/scene.ts';
import { DataError } from '../../errors.ts';
import { fileSystemReason } from '../../fileSystemReason.ts';
import type { Log } from '../../log.ts';
import { decodeSplatPly } from './files/splatPly.ts';
import type { SplatValues } from './splatParameters.ts';
import { placementFrom } from './splatPlacement.ts';
import type { SplatConfig } from './splatSchema.ts';
import { harmonicsWidthOf } from './splatUnits.ts';
import { transformSplats } from './transformSplats.ts';

/**
 * @param file a PLY file of splats in the coordinates of the data set, as `nerfstream export` writes it
 * @returns the splats in the model's own coordinates; harmonics of higher degrees than the model's are left out, which is warned of,
 * missing ones are 0
 * @throws DataError for a file that cannot be read, holds no splats, or more than the model has room for
 */
export async function readStartSplats(
  file: string,
  scene: Pick<Scene, 'train' | 'worldToModel'>,
  { maxSplats, harmonicsDegree }: Pick<SplatConfig, 'maxSplats' | 'harmonicsDegree'>,
  log: Log,
): Promise<SplatValues> {
  const bytes = await readFile(file).catch((cause) => {
    throw new DataError(`${file} cannot be read: ${fileSystemReason(cause)}.`, file, { cause });
  });
  const splats = decodeSplatPly(bytes, file);
  const count = splats.opacities.length;
  if (count === 0) throw new DataError(`${file}: has no splats. Export it again.`, file);
  if (maxSplats !== 'auto' && count > maxSplats)
    throw new DataError(
      `${file}: has ${count} splats, the model has room for ${maxSplats}. Give it more (model.maxSplats=${count}), or take away splats in an editor.`,
      file,
    );
  const degree = Math.sqrt(splats.harmonics.length / count / 3 + 1) - 1;
  log.info({ splats: count, file }, `splats begin as the ${count} of ${file}`);
  if (degree > harmonicsDegree)
    log.warn(
      { file },
      `${file}: harmonics above degree ${harmonicsDegree} are left out (model.harmonicsDegree=${degree} takes all of them)`,
    );
  const placed = transformSplats(splats, placementFrom('world', scene));
  return { ...placed, harmonics: resized(placed.harmonics, count, harmonicsWidthOf(harmonicsDegree)) };
}

/** Rows of `width` numbers: cut off, or filled up with 0. */
function resized(harmonics: Float32Array, rows: number, width: number): Float32Array {
  const has = harmonics.length / rows;
  if (has === width) return harmonics;
  const result = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++)
    result.set(harmonics.subarray(row * has, row * has + Math.min(has, width)), row * width);
  return result;
}
