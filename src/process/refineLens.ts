/** Chooses a lens between the one that photos were placed with and a fuller one, and adjusts all cameras to the points once more. */
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ColmapCamera } from '../data/dataparsers/colmap/colmapModel.ts';
import { readCamerasBinary } from '../data/dataparsers/colmap/readColmapBinary.ts';
import { writeCamerasBinary } from '../data/dataparsers/colmap/writeCamerasBinary.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import { reprojectionErrors } from './reprojection.ts';

/** What photos are placed with where no lens is asked for: focal length and one coefficient. */
export const placingLens = 'SIMPLE_RADIAL';
/** It takes this one then, if that says more about the photos: another focal length and three coefficients. */
const fullLens = 'OPENCV';
const moreParameters = 4;
/** COLMAP takes lenses with larger coefficients for wrong ones, too (`Mapper.max_extra_param`). */
const largestCoefficient = 1;

/** Adjusts cameras and points of the model `input` to what the photos show (bundle adjustment); the model `output` comes out. */
export type Adjust = (input: string, output: string) => Promise<void>;

/**
 * Adjusts every model in the folder `models` that was placed with {@link placingLens}, and gives those an OPENCV lens whose photos determine one.
 * @param tryFuller whether the photos share lenses; a lens of one photo is not determined well enough for more
 * @returns the lens of each model that was adjusted, in the order of their names
 */
export async function refineLenses(
  models: string,
  work: string,
  adjust: Adjust,
  tryFuller: boolean,
): Promise<string[]> {
  const names = (await readdir(models)).filter((name) => /^\d+$/.test(name)).sort();
  const lenses: string[] = [];
  for (const name of names) {
    const model = path.join(models, name);
    await rm(work, { recursive: true, force: true });
    const folder = async (kind: string) => {
      const made = path.join(work, kind);
      await makeFolders(made);
      return made;
    };
    let best = await folder('simple');
    await adjust(model, best);
    let lens = placingLens;
    if (tryFuller) {
      const start = path.join(work, 'start');
      await cp(best, start, { recursive: true });
      await changeLens(path.join(start, 'cameras.bin'));
      const full = await folder('full');
      await adjust(start, full);
      if (await explainsMore(best, full)) [best, lens] = [full, fullLens];
    }
    await rm(model, { recursive: true });
    await rename(best, model);
    lenses.push(lens);
  }
  await rm(work, { recursive: true, force: true });
  return lenses;
}

/** Writes the same lenses as OPENCV. */
async function changeLens(file: string): Promise<void> {
  const cameras = await camerasIn(file);
  const changed = [...cameras].map(([id, camera]): [number, ColmapCamera] => {
    const [f, cx, cy, k1] = camera.parameters as [number, number, number, number];
    return [id, { ...camera, model: fullLens, parameters: [f, f, cx, cy, k1, 0, 0, 0] }];
  });
  await writeFile(file, writeCamerasBinary(new Map(changed)));
}

async function camerasIn(file: string): Promise<Map<number, ColmapCamera>> {
  return readCamerasBinary(await readFile(file), file);
}

/** Whether the fuller lenses of the model `full` are lenses at all, and are worth their parameters. */
async function explainsMore(simple: string, full: string): Promise<boolean> {
  const cameras = [...(await camerasIn(path.join(full, 'cameras.bin'))).values()];
  const isLens = ({ parameters: [fx, fy, , , ...coefficients] }: ColmapCamera) =>
    fx! > 0 && fy! > 0 && coefficients.every((value) => Math.abs(value) <= largestCoefficient);
  if (!cameras.every(isLens)) return false;
  const errors = await Promise.all([simple, full].map(reprojectionErrors));
  return isWorthParameters(errors[0]!, errors[1]!, moreParameters * cameras.length);
}

/**
 * Whether a model with more parameters is the better one by Schwarz's criterion (1978): 2 log of the likelihoods' ratio above
 * parameters times log of the number of coordinates. Errors are distributed as Cauchy's in the plane, since matches that are wrong are
 * among them: density (1 + (error / scale)^2)^-1.5 with the scale that half of the simpler model's errors have, median / sqrt(3).
 * @param simple distances in pixels, of the same kind as `full` but with fewer parameters
 */
export function isWorthParameters(simple: Float64Array, full: Float64Array, parameters: number): boolean {
  const scale = median(simple) / Math.sqrt(3);
  if (!(scale > 0)) return false;
  const surprise = (errors: Float64Array) =>
    3 * errors.reduce((sum, error) => sum + Math.log1p((error / scale) ** 2), 0);
  return surprise(simple) - surprise(full) > parameters * Math.log(2 * simple.length);
}

function median(values: Float64Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0;
}
