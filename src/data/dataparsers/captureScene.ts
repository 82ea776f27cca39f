/** From the photos of a capture, as a format's own files describe them, to a scene. */
import { normalize, posix } from 'node:path';
import { DataError } from '../../errors.ts';
import type { Intrinsics } from '../cameras/camera.ts';
import type { ImageHeader } from '../images.ts';
import { placePoses } from '../poses/placePoses.ts';
import type { Frame, MaskFile, Scene, ScenePoints, WorldToModel } from '../scene.ts';
import { placePositions } from '../similarity.ts';
import type { DataLog, ParseContext, Placement } from './dataparser.ts';
import { type SplitLists, splitFrames } from './splitFrames.ts';

/** A photo that exists, in the data set's own coordinates. */
export interface Photo {
  /** As the data set spells it. */
  readonly name: string;
  /** Path of the file. */
  readonly image: string;
  readonly header: ImageHeader;
  readonly intrinsics: Intrinsics;
  /** Camera to world, [3, 4] row-major, OpenGL axes. */
  readonly pose: readonly number[];
  readonly mask?: MaskFile | undefined;
}

/** Points in the data set's own coordinates. */
export interface WorldPoints {
  /** [points, 3] float64 */
  readonly positions: Float64Array;
  /** [points, 3] sRGB, 0..255 */
  readonly colors: Uint8Array;
}

/** What a dataparser has read. */
export interface Capture {
  /** File or folder that says where the cameras are; messages name it. */
  readonly source: string;
  readonly photos: readonly Photo[];
  readonly points?: WorldPoints | undefined;
  readonly lists?: SplitLists | undefined;
  /** Instead of the configuration's. */
  readonly orientation?: Placement['orientation'] | undefined;
  /** What to do where no photo is held out: `it takes 10 images`. */
  readonly heldOutNeeds?: string | undefined;
}

/**
 * Photos in order of their files; poses oriented, centred and scaled over all of them, so that what is looked at (or the cameras) lies in
 * [-1, 1]³, and the points with them. A photo that is named twice counts once.
 * @throws DataError, one line, where there is no photo to train on
 */
export function captureScene(capture: Capture, { placement, split: settings, log }: ParseContext): Scene {
  const { source } = capture;
  const photos = withoutRepeats(capture.photos, source, log).sort((a, b) => comparePaths(a.image, b.image));
  const { poses, worldToModel, chosen } = placePoses(
    photos.map(({ pose }) => pose),
    { ...placement, orientation: capture.orientation ?? placement.orientation },
  );
  const frames = photos.map(
    ({ name, image, intrinsics, mask }, index): Frame => ({
      name,
      image,
      camera: { ...intrinsics, cameraToWorld: poses[index]! },
      ...(mask && { mask }),
    }),
  );
  const names = photos.map(({ name }) => name);
  const split = splitFrames(names, settings, capture.lists, source);
  if (split.train.length === 0)
    throw new DataError(`${source}: no image is left to train on. Choose another data.split.`, source);
  if (split.eval.length === 0) {
    const needs = capture.heldOutNeeds ?? 'it takes 10 images, or another data.split';
    log.warn(`${source}: no image is held out for evaluation: ${needs}.`);
  }
  return {
    train: split.train.map((index) => frames[index]!),
    eval: split.eval.map((index) => frames[index]!),
    bounded: false,
    aabb: [-1, -1, -1, 1, 1, 1],
    hasAlpha: photos.some(({ header }) => header.hasAlpha),
    worldToModel,
    ...(chosen !== undefined && { placement: chosen }),
    ...(capture.points && { points: placedPoints(capture.points, worldToModel, source, log) }),
  };
}

/** An image that is listed twice could train and be held out at once. */
function withoutRepeats(photos: readonly Photo[], source: string, log: DataLog): Photo[] {
  const seen = new Set<string>();
  const unique = photos.filter(({ image }) => {
    const path = normalize(image);
    const isNew = !seen.has(path);
    seen.add(path);
    return isNew;
  });
  const repeats = photos.length - unique.length;
  if (repeats > 0)
    log.warn(`${source}: ${repeats} of its frames repeat the image of an earlier one; they are left out.`);
  return unique;
}

/** Points in the model's coordinates; those that are not finite are left out. */
function placedPoints(
  { positions, colors }: WorldPoints,
  worldToModel: WorldToModel,
  source: string,
  log: DataLog,
): ScenePoints {
  const kept: number[] = [];
  for (let point = 0; point < colors.length / 3; point++)
    if (positions.subarray(point * 3, point * 3 + 3).every(Number.isFinite)) kept.push(point);
  const left = colors.length / 3 - kept.length;
  if (left > 0) log.warn(`${source}: ${left} points are not finite; they are left out.`);
  const finite = new Float64Array(kept.length * 3);
  const shades = new Uint8Array(kept.length * 3);
  kept.forEach((from, to) => {
    finite.set(positions.subarray(from * 3, from * 3 + 3), to * 3);
    shades.set(colors.subarray(from * 3, from * 3 + 3), to * 3);
  });
  return { positions: placePositions(finite, worldToModel, new Float32Array(finite.length)), colors: shades };
}

/** A path as one may compare it, however it is written and on every system: `./a\\b/../c` is `a/c`. */
export function plainPath(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'));
}

/** Folder by folder, as Python's pathlib orders paths, with either separator: negative if `a` comes first. */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [plainPath(a).split('/'), plainPath(b).split('/')];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    if (left[index]! < right[index]!) return -1;
    if (left[index]! > right[index]!) return 1;
  }
  return left.length - right.length;
}
