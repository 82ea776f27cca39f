/** Captures that COLMAP has placed: a sparse model and the folder of its photos. */
import { join } from 'node:path';
import { DataError } from '../../../errors.ts';
import type { Scene } from '../../scene.ts';
import { captureScene, type Photo } from '../captureScene.ts';
import type { ParseContext } from '../dataparser.ts';
import { findImages } from '../findImages.ts';
import { findMasks } from '../findMasks.ts';
import { type ColmapImage, type ColmapModel, colmapCameraToWorld, colmapIntrinsics } from './colmapModel.ts';
import { type ColmapFolder, findColmapModel, findPhotos, readColmapModel } from './openColmap.ts';

export interface ColmapSettings {
  /** Folder of the model, seen from the data set's; default: the usual places. */
  readonly model?: string | undefined;
  /** Folder of the photos, seen from the data set's; default: the usual places. */
  readonly images?: string | undefined;
}

/**
 * The photos that COLMAP has placed, and the model's points. Photos may be smaller copies of those that COLMAP saw.
 * @throws DataError, one line
 */
export async function parseColmap(
  root: string,
  settings: ColmapSettings,
  context: ParseContext,
): Promise<Scene> {
  const folder = await findColmapModel(root, settings.model);
  if (!folder)
    throw new DataError(
      `${join(root, settings.model ?? 'sparse')}: has no COLMAP model (cameras, images and points3D as .bin or .txt).`,
      root,
    );
  const model = await readColmapModel(folder);
  if (model.images.length === 0)
    throw new DataError(
      `${folder.folder}: the COLMAP model has no images. Let COLMAP place the photos.`,
      root,
    );
  const photos = await placedPhotos(root, folder, model, settings.images, context);
  return captureScene({ source: folder.folder, photos, points: model.points }, context);
}

async function placedPhotos(
  root: string,
  folder: ColmapFolder,
  model: ColmapModel,
  wanted: string | undefined,
  { log }: ParseContext,
): Promise<Photo[]> {
  const names = model.images.map(({ name }) => name);
  const photoFolder = await findPhotos(root, folder, names, wanted);
  const found = await findImages({
    source: folder.folder,
    folder: photoFolder,
    entries: model.images,
    pathOf: ({ name }) => name,
    log,
  });
  const masks = await findMasks(root, found, folder.folder);
  return found.map(({ entry, image, header }, index): Photo => {
    const where = { file: folder.folder, camera: `camera ${entry.cameraId}` };
    const intrinsics = colmapIntrinsics(cameraOf(model, entry, folder), header, where);
    const pose = checkedPose(entry, folder);
    return { name: entry.name, image, header, intrinsics, pose, mask: masks[index] };
  });
}

function cameraOf({ cameras }: ColmapModel, { name, cameraId }: ColmapImage, { folder }: ColmapFolder) {
  const camera = cameras.get(cameraId);
  if (!camera)
    throw new DataError(
      `${folder}: image ${JSON.stringify(name)} has camera ${cameraId}, which the model lacks. Write the model again with COLMAP.`,
      folder,
    );
  return camera;
}

function checkedPose(image: ColmapImage, { folder }: ColmapFolder): number[] {
  const length = Math.hypot(...image.rotation);
  if (Math.abs(length - 1) < 1e-3 && image.translation.every(Number.isFinite))
    return colmapCameraToWorld(image);
  throw new DataError(
    `${folder}: the pose of image ${JSON.stringify(image.name)} is not one: its quaternion has length ${length}. Write the model again with COLMAP.`,
    folder,
  );
}
