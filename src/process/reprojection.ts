/** How far the points of a COLMAP model lie from where its photos see them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Intrinsics } from '../data/cameras/camera.ts';
import { distort } from '../data/cameras/distort.ts';
import { colmapIntrinsics } from '../data/dataparsers/colmap/colmapModel.ts';
import {
  readCamerasBinary,
  readImagesBinary,
  readPointsBinary,
} from '../data/dataparsers/colmap/readColmapBinary.ts';
import { rotationOf } from '../data/poses/rotationOf.ts';

/**
 * Distances in pixels between each observation of a point and the point's projection; infinite behind a camera.
 * @param folder of `cameras.bin`, `images.bin`, `points3D.bin`, with lenses that are OpenCV's or simpler (`PINHOLE`, `SIMPLE_RADIAL`, ...)
 * @throws DataError for files that are damaged
 */
export async function reprojectionErrors(folder: string): Promise<Float64Array> {
  const bytes = async (name: string) => {
    const file = path.join(folder, `${name}.bin`);
    return [await readFile(file), file] as const;
  };
  const cameras = readCamerasBinary(...(await bytes('cameras')));
  const places = new Map<number, number>();
  const { positions } = readPointsBinary(...(await bytes('points3D')), (point, place) => {
    places.set(point, 3 * place);
  });
  const seen: number[] = [];
  const images = readImagesBinary(...(await bytes('images')), (image, x, y, point) => {
    const place = places.get(point);
    if (place !== undefined) seen.push(image, x, y, place);
  });
  const projections = images.map(({ cameraId, rotation, translation }) => {
    const camera = cameras.get(cameraId)!;
    const intrinsics = colmapIntrinsics(camera, camera, { file: folder, camera: `camera ${cameraId}` });
    return projectionOf(intrinsics, rotationOf(rotation), translation);
  });
  return Float64Array.from({ length: seen.length / 4 }, (_, observation) => {
    const [image, x, y, place] = seen.slice(4 * observation, 4 * observation + 4) as [
      number,
      number,
      number,
      number,
    ];
    const pixel = projections[image]!(positions[place]!, positions[place + 1]!, positions[place + 2]!);
    return pixel ? Math.hypot(pixel[0] - x, pixel[1] - y) : Infinity;
  });
}

type Projection = (x: number, y: number, z: number) => readonly [x: number, y: number] | undefined;

/** From the world to pixels, by OpenCV's lens; undefined behind the camera. @param axes [3, 3] world to camera, OpenCV axes */
function projectionOf(
  { fx, fy, cx, cy, distortion = [0, 0, 0, 0, 0, 0] }: Intrinsics,
  axes: readonly number[],
  translation: readonly [number, number, number],
): Projection {
  const along = (axis: 0 | 1 | 2, x: number, y: number, z: number) =>
    axes[3 * axis]! * x + axes[3 * axis + 1]! * y + axes[3 * axis + 2]! * z + translation[axis];
  return (worldX, worldY, worldZ) => {
    const depth = along(2, worldX, worldY, worldZ);
    if (depth <= 0) return undefined;
    const u = along(0, worldX, worldY, worldZ) / depth;
    const v = along(1, worldX, worldY, worldZ) / depth;
    const [x, y] = distort(u, v, distortion);
    return [fx * x + cx, fy * y + cy];
  };
}
