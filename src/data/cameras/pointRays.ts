/** Rays through image points, one at a time and in double precision: the reference for the fast path in rayBatch.ts. */
import type { Camera } from './camera.ts';
import { pointDirection } from './cameraDirections.ts';

/** One ray in the model's coordinates. */
export interface PointRay {
  readonly origin: readonly number[];
  /** Unit length. */
  readonly direction: readonly number[];
  /** Solid angle of the pixel in steradians, approximately: the product of its sides on the unit sphere. */
  readonly pixelArea: number;
}

/**
 * The ray through the image point (`column`, `row`), in pixels; pixel centres are at +0.5.
 * Source: nerfstudio 1.1.5 `Cameras._generate_rays_from_coords`.
 */
export function pointRay(camera: Camera, column: number, row: number): PointRay {
  const direction = worldDirection(camera, column, row);
  const right = worldDirection(camera, column + 1, row);
  const below = worldDirection(camera, column, row + 1);
  return {
    origin: originOf(camera, column, row),
    direction,
    pixelArea: distance(direction, right) * distance(direction, below),
  };
}

function originOf(
  { cameraToWorld: m, eyeOffset, ...intrinsics }: Camera,
  column: number,
  row: number,
): number[] {
  const place = [m[3]!, m[7]!, m[11]!];
  if (!eyeOffset) return place;
  const local = new Float64Array(3);
  pointDirection(intrinsics, column, row, local);
  const angle = Math.atan2(local[0]!, -local[2]!);
  const [right, back] = [eyeOffset * Math.cos(angle), eyeOffset * Math.sin(angle)];
  return place.map((value, axis) => value + m[axis * 4]! * right + m[axis * 4 + 2]! * back);
}

function worldDirection({ cameraToWorld: m, ...intrinsics }: Camera, column: number, row: number): number[] {
  const local = new Float64Array(3);
  pointDirection(intrinsics, column, row, local);
  const [x, y, z] = local as unknown as [number, number, number];
  const world = [0, 4, 8].map((begin) => m[begin]! * x + m[begin + 1]! * y + m[begin + 2]! * z);
  const length = Math.hypot(...world);
  return world.map((value) => value / length);
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
}
