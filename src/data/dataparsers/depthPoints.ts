/** Coloured points from depth maps that frames name: what a scanner has measured of the scene. */
import sharp from 'sharp';
import { DataError } from '../../errors.ts';
import { pointDirection } from '../cameras/cameraDirections.ts';
import { loadMask } from '../loadMask.ts';
import { mapConcurrently } from '../mapConcurrently.ts';
import { readDataBytes } from '../readDataFile.ts';
import { haveSameAspect, type Size } from '../size.ts';
import type { Photo, WorldPoints } from './captureScene.ts';
import { decodeNpy } from './llff/readNpy.ts';

/** Points looked at in all photos together; more of a scanned surface say nothing new of where splats begin. */
const wantedPoints = 60_000;
/** Photos looked at, evenly spaced ones where there are more: each is decoded whenever the data set is read. */
const mostPhotos = 100;
/** Photos decoded at a time. */
const concurrency = 4;
/** Of its depth, how far a pixel may lie from its four neighbours: between front and back, scanners write depths where nothing is. */
const neighbourTolerance = 0.05;

export interface DepthPhoto {
  readonly photo: Photo;
  /** Path of its depth map. */
  readonly depth: string;
}

interface DepthMap extends Size {
  /** [height, width], in the units of the file; 0 and what is not finite is not known. */
  readonly depths: ArrayLike<number>;
}

/**
 * Points at evenly spaced pixels of each photo, with the photo's colours, in the coordinates of the poses. A depth is a distance along the camera's
 * axis, as depth cameras give it; pixels without one, at edges, behind a mask or transparent ones have no point.
 * @param unit what a depth of 1 is in the units of the poses
 * @throws DataError for a map that cannot be read, or has another aspect than its photo
 */
export async function depthPoints(photos: readonly DepthPhoto[], unit: number): Promise<WorldPoints> {
  const every = Math.ceil(photos.length / mostPhotos);
  const looked = photos.filter((_, index) => index % every === 0);
  const perPhoto = Math.ceil(wantedPoints / looked.length);
  const found = await mapConcurrently(looked, concurrency, async ({ photo, depth }) =>
    pointsOf(await readDepthMap(depth), { photo, depth, perPhoto, unit }),
  );
  return {
    positions: Float64Array.from(found.flatMap(({ positions }) => positions)),
    colors: Uint8Array.from(found.flatMap(({ colors }) => colors)),
  };
}

interface Sampling extends DepthPhoto {
  readonly perPhoto: number;
  readonly unit: number;
}

interface Points {
  readonly positions: readonly number[];
  readonly colors: readonly number[];
}

async function pointsOf(map: DepthMap, { photo, depth, perPhoto, unit }: Sampling): Promise<Points> {
  const positions: number[] = [];
  const colors: number[] = [];
  const { image, intrinsics, pose, mask } = photo;
  const { width, height } = intrinsics;
  if (!haveSameAspect(map, intrinsics))
    throw new DataError(
      `${depth}: the depth map is ${map.width} x ${map.height} pixels, its photo ${width} x ${height}, another aspect. Correct the map, or remove it.`,
      depth,
    );
  const grid = gridOf(map, perPhoto);
  const { data: pixels } = await sharp(await readDataBytes(image), { ignoreIcc: true })
    .ensureAlpha()
    .resize(grid.width, grid.height, { fit: 'fill' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const counts = mask && (await loadMask(mask, width, height));
  const ray = new Float64Array(3);
  for (let line = 0; line < grid.height; line++)
    for (let place = 0; place < grid.width; place++) {
      const column = Math.floor(((place + 0.5) * map.width) / grid.width);
      const row = Math.floor(((line + 0.5) * map.height) / grid.height);
      if (!isOnSurface(map, column, row)) continue;
      const pixel = (line * grid.width + place) * 4;
      if (pixels[pixel + 3]! < 128) continue;
      const [x, y] = [((column + 0.5) * width) / map.width, ((row + 0.5) * height) / map.height];
      if (counts && counts[Math.floor(y) * width + Math.floor(x)] === 0) continue;
      pointDirection(intrinsics, x, y, ray);
      if (ray[2]! >= 0) continue;
      const along = (map.depths[row * map.width + column]! * unit) / -ray[2]!;
      for (const axis of [0, 4, 8])
        positions.push(
          pose[axis + 3]! +
            along * (pose[axis]! * ray[0]! + pose[axis + 1]! * ray[1]! + pose[axis + 2]! * ray[2]!),
        );
      colors.push(pixels[pixel]!, pixels[pixel + 1]!, pixels[pixel + 2]!);
    }
  return { positions, colors };
}

/** About `count` evenly spaced pixels of a map, at most all of them. */
function gridOf({ width, height }: DepthMap, count: number) {
  const spacing = Math.max(1, Math.sqrt((width * height) / count));
  const along = (side: number) => Math.max(1, Math.round(side / spacing));
  return { width: along(width), height: along(height) };
}

function isOnSurface({ width, height, depths }: DepthMap, column: number, row: number): boolean {
  const depth = depths[row * width + column]!;
  if (!(depth > 0 && Number.isFinite(depth))) return false;
  const neighbours = [
    ...(column > 0 ? [depths[row * width + column - 1]!] : []),
    ...(column + 1 < width ? [depths[row * width + column + 1]!] : []),
    ...(row > 0 ? [depths[(row - 1) * width + column]!] : []),
    ...(row + 1 < height ? [depths[(row + 1) * width + column]!] : []),
  ];
  return neighbours.every((other) => Math.abs(other - depth) <= neighbourTolerance * depth);
}

/** @throws DataError for what is neither an image of one channel nor a matrix that NumPy has saved */
async function readDepthMap(path: string): Promise<DepthMap> {
  const bytes = await readDataBytes(path);
  if (/\.npy$/i.test(path)) {
    const { rows, columns, values } = decodeNpy(bytes, path);
    return { width: columns, height: rows, depths: values };
  }
  const fail = (what: string, cause?: unknown): never => {
    throw new DataError(`${path}: ${what}. Save it as a PNG of 16 bits, or remove it.`, path, { cause });
  };
  const image = sharp(bytes, { failOn: 'error', ignoreIcc: true });
  const { width, height, channels, depth } = await image
    .metadata()
    .catch((error: unknown) => fail('the depth map is not a readable image', error));
  if (channels !== 1 || depth !== 'ushort')
    fail(`the depth map has ${channels} channels of ${depth}, not one of 16 bits`);
  const data = await image
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer()
    .catch((error: unknown) => fail('the depth map is truncated or damaged', error));
  return { width, height, depths: new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) };
}
