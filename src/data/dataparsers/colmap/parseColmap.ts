/** Captures that COLMAP has placed: a sparse model and the folder of its photos. */
import { join } from 'node:path';
import { DataError } from '../../../errors.ts';
import { type ImageHeader, readImageHeader } from '../../images.ts';
import { mapConcurrently } from '../../mapConcurrently.ts';
import { placePoses } from '../../poses/placePoses.ts';
import type { Frame, Scene, ScenePoints, WorldToModel } from '../../scene.ts';
import type { DataLog, ParseContext } from '../dataparser.ts';
import { concurrency, isFile, warnOfMissing } from '../findImages.ts';
import { splitFrames } from '../splitFrames.ts';
import { type ColmapImage, type ColmapModel, colmapCameraToWorld, colmapIntrinsics } from './colmapModel.ts';
import { type ColmapFolder, findColmapModel, findPhotos, readColmapModel } from './openColmap.ts';

export interface ColmapSettings {
  /** Folder of the model, seen from the data set's; default: the usual places. */
  readonly model?: string | undefined;
  /** Folder of the photos, seen from the data set's; default: the usual places. */
  readonly images?: string | undefined;
}

/**
 * Photos in order of their names; poses oriented, centred and scaled over all of them as in other captures, and the model's points with
 * them. Of the photos, nerfstudio's share is held out. Photos may be smaller copies of those that COLMAP saw.
 * @throws DataError, one line
 */
export async function parseColmap(
  root: string,
  settings: ColmapSettings,
  { placement, log }: ParseContext,
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
  const found = await findPlacedPhotos(root, folder, model.images, settings.images);
  if (found.missing.length > 0) warnOfMissing(log, folder.folder, found.missing.length, found.missing[0]!);
  const placed = placePoses(
    found.photos.map(({ image }) => checkedPose(image, folder)),
    placement,
  );
  const frames = found.photos.map(({ image, path, header }, index): Frame => {
    const intrinsics = colmapIntrinsics(cameraOf(model, image, folder), header, {
      file: folder.folder,
      camera: `camera ${image.cameraId}`,
    });
    return { name: image.name, image: path, camera: { ...intrinsics, cameraToWorld: placed.poses[index]! } };
  });
  const split = splitFrames(frames.length);
  if (split.eval.length === 0) log.warn(`${root}: no image is held out for evaluation: it takes 10 images.`);
  return {
    train: split.train.map((index) => frames[index]!),
    eval: split.eval.map((index) => frames[index]!),
    bounded: false,
    aabb: [-1, -1, -1, 1, 1, 1],
    hasAlpha: found.photos.some(({ header }) => header.hasAlpha),
    worldToModel: placed.worldToModel,
    points: pointsOf(model, placed.worldToModel, folder, log),
  };
}

/** A placed photo whose file exists. */
interface Photo {
  readonly image: ColmapImage;
  readonly path: string;
  readonly header: ImageHeader;
}

async function findPlacedPhotos(
  root: string,
  folder: ColmapFolder,
  images: readonly ColmapImage[],
  wanted: string | undefined,
): Promise<{ readonly photos: readonly Photo[]; readonly missing: readonly string[] }> {
  const sorted = [...images].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const photoFolder = await findPhotos(
    root,
    folder,
    sorted.map(({ name }) => name),
    wanted,
  );
  const photos = await mapConcurrently(sorted, concurrency, async (image): Promise<Photo | undefined> => {
    const path = join(photoFolder, image.name);
    if (!(await isFile(path))) return undefined;
    return { image, path, header: await readImageHeader(path) };
  });
  return {
    photos: photos.filter((photo) => photo !== undefined),
    missing: sorted.filter((_, index) => photos[index] === undefined).map(({ name }) => name),
  };
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

/** Points in the model's coordinates; those that are not finite are left out. */
function pointsOf(
  { points: { positions, colors } }: ColmapModel,
  { transform, scale }: WorldToModel,
  { folder }: ColmapFolder,
  log: DataLog,
): ScenePoints {
  const kept: number[] = [];
  for (let point = 0; point < colors.length / 3; point++)
    if (positions.subarray(point * 3, point * 3 + 3).every(Number.isFinite)) kept.push(point);
  const left = colors.length / 3 - kept.length;
  if (left > 0) log.warn(`${folder}: ${left} points are not finite; they are left out.`);
  const placed = new Float32Array(kept.length * 3);
  const shades = new Uint8Array(kept.length * 3);
  kept.forEach((from, to) => {
    const [x, y, z] = positions.subarray(from * 3) as unknown as [number, number, number];
    for (let axis = 0; axis < 3; axis++) {
      const [a, b, c, d] = transform.slice(axis * 4, axis * 4 + 4) as [number, number, number, number];
      placed[to * 3 + axis] = scale * (a * x + b * y + c * z + d);
      shades[to * 3 + axis] = colors[from * 3 + axis]!;
    }
  });
  return { positions: placed, colors: shades };
}
