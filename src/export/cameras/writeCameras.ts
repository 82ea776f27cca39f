/** Writes the cameras of a data set for other programs. */
import path from 'node:path';
import { namesSeenFrom } from '../../data/dataparsers/parseScene.ts';
import type { Scene } from '../../data/scene.ts';
import { type CoordinateFrame, fromModelTo } from '../../data/similarity.ts';
import { writeCoordinates, writeExport } from '../writeExport.ts';
import { encodeColmapText } from './encodeColmapText.ts';
import { encodeTransforms } from './encodeTransforms.ts';
import { exportedFrames } from './exportedFrames.ts';

/**
 * `out` is the name of a `.json` file, which names photos as seen from its folder; or else of a folder for COLMAP's three text files, which name photos
 * as seen from the data set's folder `dataFolder`, or its `images` where all lie there.
 * @returns how many cameras
 * @throws RunFolderError where it cannot be written; DataError for a lens that COLMAP cannot describe
 */
export async function writeCameras(
  scene: Scene,
  frame: CoordinateFrame,
  out: string,
  dataFolder: string,
): Promise<number> {
  const { worldToModel, points } = scene;
  const frames = exportedFrames(scene, frame);
  if (path.extname(out).toLowerCase() === '.json') {
    await writeExport(out, encodeTransforms(frames, frame, worldToModel, namesSeenFrom(out)));
    return frames.length;
  }
  const all = frames.map(({ image }) => image);
  const nameOf = namesSeenFrom(photoFolder(all, dataFolder));
  const placement = fromModelTo(frame, worldToModel);
  const files = encodeColmapText({ frames, nameOf, points, placement });
  for (const [name, content] of Object.entries(files)) await writeExport(path.join(out, name), content);
  await writeCoordinates(path.join(out, 'frame.json'), frame, worldToModel);
  return frames.length;
}

/** The folder that readers of COLMAP's models look for photos in. */
function photoFolder(images: readonly string[], dataFolder: string): string {
  const usual = path.resolve(dataFolder, 'images') + path.sep;
  return images.every((image) => path.resolve(image).startsWith(usual)) ? usual : dataFolder;
}
