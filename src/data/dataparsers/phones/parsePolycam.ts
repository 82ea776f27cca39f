/** Raw data of Polycam: `keyframes` with a JSON file for each photo. */
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../../errors.ts';
import { mapConcurrently } from '../../mapConcurrently.ts';
import type { Scene } from '../../scene.ts';
import type { DataSource, ParseContext } from '../dataparser.ts';
import { frameListScene } from '../frameListScene.ts';
import { readJsonAs } from '../readJson.ts';

export interface PolycamSettings {
  /** Photos that Polycam says are less sharp are left out. */
  readonly minBlurScore: number;
}

/** Rows of camera to world: ARKit's axes, y up. */
const matrixKeys = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => `t_${row}${column}`));
const pixels = z.number().positive('must be greater than 0');
const cameraSchema = z.looseObject({
  fx: pixels,
  fy: pixels,
  cx: z.number(),
  cy: z.number(),
  width: pixels,
  height: pixels,
  blur_score: z.number().optional(),
  ...Object.fromEntries(matrixKeys.flat().map((key) => [key, z.number()])),
});
const concurrency = 8;

/** Whether the folder is raw data of Polycam. */
export async function isPolycam({ folder, file, names }: DataSource): Promise<boolean> {
  if (file !== undefined || !names.includes('keyframes')) return false;
  const there = await readdir(join(folder, 'keyframes')).catch((): string[] => []);
  return there.includes('cameras') || there.includes('corrected_cameras');
}

/**
 * Photos as Polycam has corrected their poses (`corrected_cameras`, `corrected_images`), else as the phone gave them (`cameras`, `images`).
 * @throws DataError, one line
 */
export async function parsePolycam(
  folder: string,
  { minBlurScore }: PolycamSettings,
  context: ParseContext,
): Promise<Scene> {
  const there = await readdir(join(folder, 'keyframes'));
  const prefix = ['corrected_cameras', 'corrected_images'].every((name) => there.includes(name))
    ? 'corrected_'
    : '';
  const source = join(folder, 'keyframes', `${prefix}cameras`);
  const names = (await readdir(source)).filter((name) => name.endsWith('.json')).sort();
  const cameras = await mapConcurrently(names, concurrency, async (name) => ({
    name: parse(name).name,
    camera: await readJsonAs(cameraSchema, join(source, name)),
  }));
  const sharp = cameras.filter(({ camera }) => (camera.blur_score ?? minBlurScore) >= minBlurScore);
  const blurred = cameras.length - sharp.length;
  if (blurred > 0) {
    const left = `${source}: ${blurred} of ${cameras.length} photos are left out because they are blurred (their blur_score is below ${minBlurScore}; data.parser.minBlurScore is another limit)`;
    if (sharp.length === 0) throw new DataError(`${left}. None is left.`, source);
    context.log.warn(`${left}.`);
  }
  const frames = sharp.map(({ name, camera }) => {
    const [x, y, z] = matrixKeys.map((keys) => keys.map((key) => camera[key] as number));
    return {
      file_path: `keyframes/${prefix}images/${name}`,
      ...{
        fl_x: camera.fx,
        fl_y: camera.fy,
        cx: camera.cx,
        cy: camera.cy,
        w: camera.width,
        h: camera.height,
      },
      transform_matrix: [z!, x!, y!],
    };
  });
  return frameListScene({ source, folder, frames, orientation: 'none' }, context);
}
