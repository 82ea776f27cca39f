/** NeRF-synthetic scenes: `transforms_train.json` and `transforms_test.json`, images with alpha, poses used as they are. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { scalePosition } from '../poses/scalePoses.ts';
import type { Frame, Scene } from '../scene.ts';
import type { DataLog, ParseContext } from './dataparser.ts';
import { type FoundFrame, findImages } from './findImages.ts';
import { intrinsicsOf } from './intrinsicsOf.ts';
import { readTransforms, type Transforms } from './readTransforms.ts';

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
  const transforms = await readTransforms(join(folder, 'transforms_train.json'), log);
  const found = await findImages(transforms, log);
  const held = await findHeldOut(folder, log);
  const toFrames = (frames: readonly FoundFrame[], of: Transforms) =>
    frames.map((frame) => toFrame(frame, of, scale));
  return {
    train: toFrames(found, transforms),
    eval: held === undefined ? [] : toFrames(held.found, held.transforms),
    bounded: true,
    aabb,
    hasAlpha: [...found, ...(held?.found ?? [])].some(({ header }) => header.hasAlpha),
    worldToModel: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale },
  };
}

async function findHeldOut(folder: string, log: DataLog) {
  const there = (await readdir(folder)).filter((name) => heldOutFiles.includes(name)).sort();
  for (const name of there) {
    const transforms = await readTransforms(join(folder, name), log, { mayBeEmpty: true });
    const found = await findImages(transforms, log, { mayBeNone: true });
    if (found.length > 0) return { transforms, found };
  }
  const why =
    there.length === 0 ? 'there is no transforms_test.json' : `${there[0]} has no image that exists`;
  log.warn(`${folder}: no image is held out for evaluation: ${why}.`);
  return undefined;
}

function toFrame(frame: FoundFrame, { fields, file }: Transforms, scale: number): Frame {
  const pose = frame.fields.transform_matrix.slice(0, 3).flat();
  return {
    name: frame.fields.file_path,
    image: frame.image,
    camera: { ...intrinsicsOf(frame, fields, file), cameraToWorld: scalePosition(pose, scale) },
  };
}
