/** Poses of ARKit as 3D Scanner App writes them ("all data"): `frame_00000.json` beside `frame_00000.jpg`. */
import { join, parse } from 'node:path';
import { z } from 'zod';
import { mapConcurrently } from '../../mapConcurrently.ts';
import { isPhoto } from '../../photoNames.ts';
import type { Scene } from '../../scene.ts';
import type { DataSource, ParseContext } from '../dataparser.ts';
import { type FrameInput, frameListScene, rowsOf } from '../frameListScene.ts';
import { readJsonAs } from '../readJson.ts';

const frameSchema = z.looseObject({
  cameraPoseARFrame: z.array(z.number()).length(16, 'must be a matrix of 16 numbers'),
  intrinsics: z.array(z.number()).length(9, 'must be a matrix of 9 numbers'),
});
const concurrency = 8;

/** Names, without extension, of the frames that have both a photo and a pose; the app writes poses more often than photos. */
export function arkitFrames(names: readonly string[]): string[] {
  const photos = new Set(names.filter(isPhoto).map((name) => parse(name).name));
  return names
    .filter((name) => /^frame_\d+\.json$/.test(name))
    .map((name) => parse(name).name)
    .filter((name) => photos.has(name))
    .sort();
}

/**
 * Camera to world row by row, ARKit's axes, y up; intrinsics of the photo's pixels.
 * @throws DataError, one line
 */
export async function parseArkit({ folder, names }: DataSource, context: ParseContext): Promise<Scene> {
  const frames = await mapConcurrently(arkitFrames(names), concurrency, async (name): Promise<FrameInput> => {
    const { cameraPoseARFrame, intrinsics } = await readJsonAs(frameSchema, join(folder, `${name}.json`));
    const [x, y, z] = rowsOf(cameraPoseARFrame);
    return { file_path: name, transform_matrix: [z!, x!, y!], intrinsics };
  });
  return frameListScene({ source: folder, folder, frames, orientation: 'none' }, context);
}
