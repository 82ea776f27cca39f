/** Cameras that are known, as a COLMAP model without points: what points are triangulated from. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Intrinsics } from '../data/cameras/camera.ts';
import type { DataLog } from '../data/dataparsers/dataparser.ts';
import { parseScene } from '../data/dataparsers/parseScene.ts';
import { dataSchema } from '../data/dataSchema.ts';
import { quaternionOf } from '../data/poses/quaternionOf.ts';
import type { Frame } from '../data/scene.ts';
import { DataError } from '../errors.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';

/** A lens in COLMAP's words. */
export interface ColmapLens {
  readonly model: string;
  readonly parameters: readonly number[];
}

/** A photo with its pose: camera to world in the data set's own coordinates. */
export interface PosedPhoto {
  /** Below the folder that holds all photos of the data set. */
  readonly name: string;
  readonly frame: Frame;
}

/** Photos and poses of a data set, in its own coordinates. @throws DataError */
export async function readKnownPoses(dataset: string, log: DataLog): Promise<PosedPhoto[]> {
  const config = dataSchema.parse({ path: dataset, orientation: 'none', center: 'none', autoScale: false });
  const { train, eval: held } = await parseScene(config, log, { backdrop: 'unknown', reach: 0 });
  const frames = [...train, ...held];
  const common = commonFolder(frames.map(({ image }) => path.resolve(image)));
  return frames
    .map((frame) => ({ name: path.relative(common, frame.image).split(path.sep).join('/'), frame }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0]!);
  while (!files.every((file) => file.startsWith(folder + path.sep)) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return folder;
}

/**
 * A lens as the camera model of COLMAP that says the same.
 * @throws DataError where there is none
 */
export function colmapLens(intrinsics: Intrinsics, photo: string): ColmapLens {
  const { model, fx, fy, cx, cy, distortion = [0, 0, 0, 0, 0, 0] } = intrinsics;
  const [k1, k2, k3, k4, p1, p2] = distortion;
  const sensor = [fx, fy, cx, cy];
  if (model === 'OPENCV_FISHEYE') return { model, parameters: [...sensor, k1, k2, k3, k4] };
  if (model === 'EQUIRECTANGULAR' || k4 !== 0)
    throw new DataError(
      `${photo}: its lens (${model}${k4 === 0 ? '' : ' with k4'}) cannot be given to COLMAP.`,
      photo,
    );
  if (k3 !== 0) return { model: 'FULL_OPENCV', parameters: [...sensor, k1, k2, p1, p2, k3, 0, 0, 0] };
  if (distortion.every((value) => value === 0)) return { model: 'PINHOLE', parameters: sensor };
  return { model: 'OPENCV', parameters: [...sensor, k1, k2, p1, p2] };
}

/**
 * Writes cameras and images of a COLMAP model as text, and no points.
 * @param groups photos that share a lens; the first group gets camera 1
 */
export async function writeKnownModel(
  folder: string,
  groups: readonly (readonly PosedPhoto[])[],
): Promise<void> {
  await makeFolders(folder);
  const cameras = groups.map(([first], index) => {
    const { camera, image } = first!.frame;
    const { model, parameters } = colmapLens(camera, image);
    return [index + 1, model, camera.width, camera.height, ...parameters].join(' ');
  });
  const posed = groups.flatMap((group, index) => group.map((photo) => ({ ...photo, camera: index + 1 })));
  // After each image a line for its points: none.
  const images = posed.map(
    ({ name, frame, camera }, index) =>
      `${[index + 1, ...worldToCamera(frame.camera.cameraToWorld), camera, name].join(' ')}\n`,
  );
  const write = (name: string, lines: readonly string[]) =>
    writeFile(path.join(folder, name), lines.map((line) => `${line}\n`).join(''));
  await Promise.all([write('cameras.txt', cameras), write('images.txt', images), write('points3D.txt', [])]);
}

/** Quaternion and translation of world to camera with OpenCV's axes, from camera to world with OpenGL's. */
function worldToCamera(pose: readonly number[]): number[] {
  const signs = [1, -1, -1];
  const rotation = signs.flatMap((sign, row) => [0, 1, 2].map((column) => sign * pose[column * 4 + row]!));
  const translation = [0, 1, 2].map(
    (row) => -[0, 1, 2].reduce((sum, column) => sum + rotation[row * 3 + column]! * pose[column * 4 + 3]!, 0),
  );
  return [...quaternionOf(rotation), ...translation];
}
