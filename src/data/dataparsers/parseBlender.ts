/** NeRF-synthetic scenes: `transforms_train.json` and `transforms_test.json`, images with alpha, poses used as they are. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { scalePosition } from '../poses/scalePoses.ts';
import type { Frame, Scene } from '../scene.ts';
import { warnOfMissing } from './dataLog.ts';
import type { ParseContext } from './dataparser.ts';
import { type FoundFrame, findImages } from './findImages.ts';
import { intrinsicsOf } from './intrinsicsOf.ts';
import { readTransforms, type Transforms } from './readTransforms.ts';

/** Cameras look at a scene that lies in this box (nerfstudio's blender dataparser). */
const aabb = [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5] as const;

/**
 * @param folder holds `transforms_train.json` and, for held-out images, `transforms_test.json` or else `transforms_val.json`.
 * Throws `DataError`, one line.
 */
export async function parseBlender(
  folder: string,
  { placement: { scale }, log }: ParseContext,
): Promise<Scene> {
  const train = await readSplit(join(folder, 'transforms_train.json'));
  const evalFile = await firstExisting(
    ['transforms_test.json', 'transforms_val.json'].map((name) => join(folder, name)),
  );
  const held = evalFile === undefined ? undefined : await readSplit(evalFile);
  if (held === undefined)
    log.warn(`${folder}: no transforms_test.json, so no image is held out for evaluation.`);
  warnOfMissing(log, folder, [...train.missing, ...(held?.missing ?? [])]);
  const all = [...train.found, ...(held?.found ?? [])];
  return {
    train: train.found.map((frame) => toFrame(frame, train.transforms, scale)),
    eval: held?.found.map((frame) => toFrame(frame, held.transforms, scale)) ?? [],
    bounded: true,
    aabb,
    hasAlpha: all.some(({ header }) => header.hasAlpha),
    worldToModel: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale },
  };
}

async function readSplit(file: string) {
  const transforms = await readTransforms(file);
  return { transforms, ...(await findImages(transforms)) };
}

function toFrame(frame: FoundFrame, { fields, file }: Transforms, scale: number): Frame {
  const pose = frame.fields.transform_matrix.slice(0, 3).flat();
  return {
    name: frame.fields.file_path,
    image: frame.image,
    camera: { ...intrinsicsOf(frame, fields, file), cameraToWorld: scalePosition(pose, scale) },
  };
}

async function firstExisting(files: readonly string[]): Promise<string | undefined> {
  for (const file of files)
    try {
      if ((await stat(file)).isFile()) return file;
    } catch {
      // Looked for, not required.
    }
  return undefined;
}
