/** Points that belong to a transforms file: those that it names, those of the COLMAP model that it was made from, or those of its depth maps. */
import { basename, join } from 'node:path';
import { DataError } from '../../errors.ts';
import { placePositions } from '../similarity.ts';
import { composeTransforms } from '../vector3.ts';
import type { Photo, WorldPoints } from './captureScene.ts';
import { colmapCameraToWorld } from './colmap/colmapModel.ts';
import { findColmapModel, readColmapModel } from './colmap/openColmap.ts';
import type { DataLog } from './dataparser.ts';
import { depthPoints } from './depthPoints.ts';
import { findFile } from './findImages.ts';
import { readPly } from './readPly.ts';
import type { Transforms } from './readTransforms.ts';
import { depthPathOf, warnOfDepths } from './transformsPhotos.ts';

/** What nerfstudio did to COLMAP's coordinates before it wrote down what it does (1.0 and older). */
const unwritten = [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, -1, 0];
/** Cameras of both files may lie so far from each other, as a share of the distance between the farthest. */
const tolerance = 1e-3;

/** A depth of 1 in units of the poses where the file does not say so: poses in metres, depths in millimetres, as nerfstudio has it. */
const usualDepthUnit = 0.001;

/**
 * Points in the file's coordinates: of the PLY file that `ply_file_path` names; else of a COLMAP model in the folder, brought there by `applied_transform`, if that brings
 * its cameras to those of the file; else of depth maps. Undefined if there are none.
 * @throws DataError for a file of points that is named but missing or damaged; depth maps that cannot be used are warned of
 */
export async function transformsPoints(
  transforms: Transforms,
  photos: readonly Photo[],
  log: DataLog,
): Promise<WorldPoints | undefined> {
  const given = await givenPoints(transforms, photos, log);
  if (!given) return measuredPoints(transforms, photos, log);
  warnOfDepths(transforms.file, transforms.frames, log, 'there are points already');
  return given;
}

async function measuredPoints(
  { file, folder, fields, frames }: Transforms,
  photos: readonly Photo[],
  log: DataLog,
): Promise<WorldPoints | undefined> {
  const paths = new Map(frames.map((frame) => [frame.file_path, depthPathOf(frame)]));
  const named = photos.flatMap((photo) => {
    const depth = paths.get(photo.name);
    return depth === undefined ? [] : [{ photo, depth }];
  });
  if (named.length === 0) return undefined;
  const looked = await Promise.all(
    named.map(async ({ photo, depth }) => ({ photo, depth: await findFile(folder, depth) })),
  );
  const found = looked.flatMap(({ photo, depth }) => (depth === undefined ? [] : [{ photo, depth }]));
  const missing = named.filter((_, index) => looked[index]!.depth === undefined);
  if (missing.length > 0)
    log.warn(
      `${file}: ${missing.length} depth maps do not exist (the first would be ${join(folder, missing[0]!.depth)}).`,
    );
  if (found.length === 0) return undefined;
  const unit = fields.integer_depth_scale ?? fields.depth_unit_scale_factor ?? usualDepthUnit;
  return depthPoints(found, unit).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    log.warn(`${error.message} Depth maps are not used.`);
    return undefined;
  });
}

async function givenPoints(
  { file, folder, fields }: Transforms,
  photos: readonly Photo[],
  log: DataLog,
): Promise<WorldPoints | undefined> {
  if (fields.ply_file_path !== undefined) {
    const path = await findFile(folder, fields.ply_file_path);
    if (path !== undefined) return readPly(path);
    throw new DataError(
      `${file}: the points ${join(folder, fields.ply_file_path)} do not exist. Put the file there, or remove ply_file_path.`,
      file,
    );
  }
  const place = await findColmapModel(folder);
  if (!place) return undefined;
  const given = fields.applied_transform?.slice(0, 3).flat();
  const model = await readColmapModel(place).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    log.warn(`${error.message} Its points are not used.`);
    return undefined;
  });
  if (!model) return undefined;
  const poses = new Map(photos.map(({ name, pose }) => [basename(name.replaceAll('\\', '/')), pose]));
  const pairs = model.images.flatMap((image) => {
    const pose = poses.get(basename(image.name));
    return pose ? [{ pose, camera: colmapCameraToWorld(image) }] : [];
  });
  const transform = [given, unwritten].find((candidate) => candidate && fits(candidate, pairs));
  if (transform) return transformed(model.points, transform);
  if (given)
    log.warn(
      `${file}: its poses are not those of the COLMAP model ${place.folder} after applied_transform; the model's points are not used.`,
    );
  return undefined;
}

/** Whether the transform brings COLMAP's cameras to where the file has them. */
function fits(
  transform: readonly number[],
  pairs: readonly { readonly pose: readonly number[]; readonly camera: readonly number[] }[],
): boolean {
  const [first] = pairs;
  if (pairs.length < 2 || !first) return false;
  const distance = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(a[3]! - b[3]!, a[7]! - b[7]!, a[11]! - b[11]!);
  const extent = Math.max(...pairs.map(({ pose }) => distance(pose, first.pose)));
  return pairs.every(
    ({ pose, camera }) => distance(pose, composeTransforms(transform, camera)) <= tolerance * extent,
  );
}

function transformed({ positions, colors }: WorldPoints, transform: readonly number[]): WorldPoints {
  const moved = new Float64Array(positions.length);
  return { positions: placePositions(positions, { transform, scale: 1 }, moved), colors };
}
