/** NeRF-synthetic scenes: `transforms_train.json` and `transforms_test.json`, images with alpha, poses used as they are. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { scalePosition } from '../poses/scalePoses.ts';
import type { Frame, Scene } from '../scene.ts';
import type { Photo } from './captureScene.ts';
import type { DataLog, ParseContext } from './dataparser.ts';
import { readTransforms } from './readTransforms.ts';
import { transformsPhotos } from './transformsPhotos.ts';

/** Cameras look at a scene that lies in this box (nerfstudio's blender dataparser). */
const aabb = [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5] as const;

/** Lists of views to hold out: the first counts of which an image exists. */
const heldOutFiles = ['transforms_test.json', 'transforms_val.json'];

/**
 * @param folder holds `transforms_train.json` and, for held-out images, `transforms_test.json` or else `transforms_val.json`.
 * Throws `DataError`, one line.
 */
export async function parseBlender(
  folder: string,
  { placement: { scale }, log }: ParseContext,
): Promise<Scene> {
  const photos = await transformsPhotos(await readTransforms(join(folder, 'transforms_train.json')), log);
  const held = await findHeldOut(folder, log);
  return {
    train: photos.map((photo) => toFrame(photo, scale)),
    eval: held.map((photo) => toFrame(photo, scale)),
    bounded: true,
    aabb,
    hasAlpha: [...photos, ...held].some(({ header }) => header.hasAlpha),
    worldToModel: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale },
  };
}

async function findHeldOut(folder: string, log: DataLog): Promise<readonly Photo[]> {
  const there = (await readdir(folder)).filter((name) => heldOutFiles.includes(name)).sort();
  for (const name of there) {
    const transforms = await readTransforms(join(folder, name), { mayBeEmpty: true });
    const photos = await transformsPhotos(transforms, log, { mayBeNone: true });
    if (photos.length > 0) return photos;
  }
  const why =
    there.length === 0 ? 'there is no transforms_test.json' : `${there[0]} has no image that exists`;
  log.warn(`${folder}: no image is held out for evaluation: ${why}.`);
  return [];
}

function toFrame({ name, image, intrinsics, pose, mask }: Photo, scale: number): Frame {
  const camera = { ...intrinsics, cameraToWorld: scalePosition(pose, scale) };
  return { name, image, camera, ...(mask && { mask }) };
}
