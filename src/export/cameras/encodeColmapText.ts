/** Cameras as a sparse model of COLMAP, in text. (colmap.github.io/format.html) */
import { type Intrinsics, sameIntrinsics } from '../../data/cameras/camera.ts';
import { isLensModel, lenses } from '../../data/cameras/lenses.ts';
import { colmapParameters } from '../../data/dataparsers/colmap/colmapModel.ts';
import { quaternionOf } from '../../data/poses/quaternionOf.ts';
import type { ScenePoints } from '../../data/scene.ts';
import { movedPoint, type Similarity } from '../../data/similarity.ts';
import { DataError } from '../../errors.ts';
import type { ExportedFrame } from './exportedFrames.ts';

/** What a model is written from. */
export interface ColmapContent {
  readonly frames: readonly ExportedFrame[];
  /** How the model is to name a photo. */
  readonly nameOf: (image: string) => string;
  /** In the model's coordinates, which `placement` brings to those of the frames. */
  readonly points?: ScenePoints | undefined;
  readonly placement: Similarity;
}

/**
 * The three files by name. Photos with equal intrinsics share a camera; points have no tracks.
 * @throws DataError for a lens that no camera model of COLMAP describes
 */
export function encodeColmapText(content: ColmapContent): Readonly<Record<string, string>> {
  const { frames, nameOf, points, placement } = content;
  const cameras: Intrinsics[] = [];
  const idOf = (camera: Intrinsics) => {
    const known = cameras.findIndex((candidate) => sameIntrinsics(candidate, camera));
    return known >= 0 ? known + 1 : cameras.push(camera);
  };
  const images = frames.flatMap(({ camera, image }, index) => [
    [index + 1, ...worldToCamera(camera.cameraToWorld), idOf(camera), nameOf(image)].join(' '),
    // No observations.
    '',
  ]);
  return {
    'cameras.txt': file(
      'CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]',
      cameras.map((camera, index) => {
        const { name, values } = colmapLens(camera, frames[0]!.image);
        return [index + 1, name, camera.width, camera.height, ...values].join(' ');
      }),
    ),
    'images.txt': file('IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, then POINTS2D[]', images),
    'points3D.txt': file('POINT3D_ID X Y Z R G B ERROR TRACK[]', points ? pointLines(points, placement) : []),
  };
}

function file(columns: string, lines: readonly string[]): string {
  return `# ${columns}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** Quaternion (w, x, y, z) and translation, OpenCV axes: the inverse of `colmapCameraToWorld`. */
function worldToCamera(m: readonly number[]): number[] {
  const axis = (column: number, sign: number) => [0, 4, 8].map((row) => sign * m[row + column]!);
  const rows = [axis(0, 1), axis(1, -1), axis(2, -1)];
  const translation = rows.map(([x, y, z]) => -(x! * m[3]! + y! * m[7]! + z! * m[11]!));
  return [...quaternionOf(rows.flat()), ...translation];
}

/** COLMAP's name for the lens, and its parameters in order. @param image of a photo, for the error */
function colmapLens(camera: Intrinsics, image: string): { name: string; values: number[] } {
  const { model, width: w, height: h, fx, fy, cx, cy, distortion, lens = [] } = camera;
  const [k1, k2, k3, k4, p1, p2] = distortion ?? [0, 0, 0, 0, 0, 0];
  const known: Record<string, number> = { w, h, fx, fy, cx, cy, k1, k2, k3, k4, p1, p2 };
  if (isLensModel(model))
    for (const [index, name] of lenses[model].parameters.entries()) known[name] = lens[index] ?? 0;
  const name = nameOfLens(camera);
  if (name === undefined)
    throw new DataError(
      `${image}: COLMAP has no camera model for its lens (${model} with k4, or part of a panorama). Write a .json file instead.`,
      image,
    );
  // FULL_OPENCV has the denominator's first coefficient where OpenCV's polynomial has one more, which is 0 here.
  return { name, values: colmapParameters(name).map((parameter) => known[parameter] ?? 0) };
}

function nameOfLens({ model, width, height, fx, fy, cx, cy, distortion }: Intrinsics): string | undefined {
  const [, , k3 = 0, k4 = 0, p1 = 0, p2 = 0] = distortion ?? [];
  switch (model) {
    case 'OPENCV':
      if (k4 !== 0) return undefined;
      return distortion ? (k3 === 0 ? 'OPENCV' : 'FULL_OPENCV') : 'PINHOLE';
    case 'OPENCV_FISHEYE':
      return p1 === 0 && p2 === 0 ? 'OPENCV_FISHEYE' : 'THIN_PRISM_FISHEYE';
    case 'EQUIRECTANGULAR': {
      const isWhole = fx === width / 2 && fy === height && cx === width / 2 && cy === height / 2;
      return isWhole ? 'EQUIRECTANGULAR' : undefined;
    }
    default:
      return model;
  }
}

function pointLines({ positions, colors }: ScenePoints, placement: Similarity): string[] {
  return Array.from({ length: positions.length / 3 }, (_, point) => {
    const at = point * 3;
    const place = movedPoint(placement, positions[at]!, positions[at + 1]!, positions[at + 2]!);
    return [point + 1, ...place, ...colors.subarray(at, at + 3), 0].join(' ');
  });
}
