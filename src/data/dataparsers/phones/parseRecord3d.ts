/** Captures of Record3D: `metadata.json` and a folder of numbered photos. */
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../../errors.ts';
import { rotationOf } from '../../poses/rotationOf.ts';
import type { Scene } from '../../scene.ts';
import type { DataSource, ParseContext } from '../dataparser.ts';
import { frameListScene } from '../frameListScene.ts';
import { readJsonAs } from '../readJson.ts';

const numbers = (count: number, what: string) => z.array(z.number()).length(count, `must be ${what}`);
const metadataSchema = z.looseObject({
  /** Of the photos. */
  w: z.number().positive('must be greater than 0'),
  h: z.number().positive('must be greater than 0'),
  /** Column by column. */
  K: numbers(9, 'a matrix of 9 numbers'),
  /** The camera's rotation as a quaternion x, y, z, w, then its position; OpenGL axes. */
  poses: z.array(numbers(7, 'a quaternion and a position, 7 numbers')),
  /** fx, fy, cx, cy: the focus of a phone moves. */
  perFrameIntrinsicCoeffs: z.array(numbers(4, 'fx, fy, cx and cy')).optional(),
});

/** Export as EXR + RGB, and an unpacked .r3d file. */
const metadataNames = ['metadata.json', 'metadata'];
const photoFolders = ['rgb', 'rgbd'];

/** Whether the folder is one of Record3D. */
export function isRecord3d({ file, names }: DataSource): boolean {
  const has = (wanted: readonly string[]) => wanted.some((name) => names.includes(name));
  return file === undefined && has(metadataNames) && has(photoFolders);
}

/**
 * Photos are numbered as poses are, from 0.
 * @throws DataError, one line
 */
export async function parseRecord3d({ folder, names }: DataSource, context: ParseContext): Promise<Scene> {
  const there = (wanted: readonly string[]) => wanted.find((name) => names.includes(name))!;
  const source = join(folder, there(metadataNames));
  const photos = there(photoFolders);
  const { w, h, K, poses, perFrameIntrinsicCoeffs } = await readJsonAs(metadataSchema, source);
  const frames = poses.map((pose, index) => {
    const [x, y, z, scalar, ...position] = pose as [number, number, number, number, ...number[]];
    const length = Math.hypot(x, y, z, scalar);
    if (Math.abs(length - 1) > 0.01)
      throw new DataError(
        `${source}: poses[${index}] is none: its quaternion has length ${length}. Export the capture again.`,
        source,
      );
    const rotation = rotationOf([scalar / length, x / length, y / length, z / length]);
    const [fx, fy, cx, cy] = perFrameIntrinsicCoeffs?.[index] ?? [K[0], K[4], K[6], K[7]];
    return {
      file_path: `${photos}/${index}`,
      transform_matrix: [0, 1, 2].map((row) => [...rotation.slice(row * 3, row * 3 + 3), position[row]!]),
      ...{ fl_x: fx, fl_y: fy, cx, cy, w, h },
    };
  });
  return frameListScene({ source, folder, frames }, context);
}
