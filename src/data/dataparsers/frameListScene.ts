/**
 * From a list of frames to a scene. Formats that say of each photo what a frame of a transforms file says are put into such frames; checks of
 * numbers, images, masks and lenses are then the same for all of them.
 */
import { DataError } from '../../errors.ts';
import type { Scene } from '../scene.ts';
import { type Capture, captureScene } from './captureScene.ts';
import type { ParseContext } from './dataparser.ts';
import { checkFrame } from './readTransforms.ts';
import { transformsPhotos } from './transformsPhotos.ts';

/** A frame as it stands in a transforms file; what is wrong in it is found by {@link frameListScene}. */
export interface FrameInput {
  readonly file_path: string;
  /** Camera to world, OpenGL axes, three rows of four. */
  readonly transform_matrix: readonly (readonly number[])[];
  readonly [field: string]: unknown;
}

export interface FrameList extends Omit<Capture, 'photos'> {
  /** What paths of frames are relative to. */
  readonly folder: string;
  readonly frames: readonly FrameInput[];
}

/** @throws DataError, one line, for numbers that are not finite, no pose or no lens, and where no photo is to be found */
export async function frameListScene(
  { folder, frames, ...capture }: FrameList,
  context: ParseContext,
): Promise<Scene> {
  const { source } = capture;
  if (frames.length === 0)
    throw new DataError(`${source}: says of no photo where it was taken from. Export it again.`, source);
  const checked = frames.map((frame) => checkFrame(frame, JSON.stringify(frame.file_path), source));
  const transforms = { file: source, folder, fields: { frames: [] }, frames: checked };
  return captureScene({ ...capture, photos: await transformsPhotos(transforms, context.log) }, context);
}

/** Rows of a [3, 4] matrix. */
export function rowsOf(pose: readonly number[]): number[][] {
  return [0, 1, 2].map((row) => pose.slice(row * 4, row * 4 + 4));
}
