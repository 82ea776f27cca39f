/** A smooth way through keyframes: where the camera is at any share of the way. */
import { quaternionOf } from '../../../data/poses/quaternionOf.ts';
import { rotationOf } from '../../../data/poses/rotationOf.ts';

/** A camera that the path passes. */
export interface Keyframe {
  /** [3, 4] row-major, OpenGL axes, in the model's coordinates. */
  readonly cameraToWorld: readonly number[];
  /** Degrees from top to bottom. */
  readonly fieldOfView: number;
}

export interface SplineSettings {
  /** 0: a smooth curve (Catmull and Rom). 1: straight from key to key, at rest at each. */
  readonly tension: number;
  /** From the last key back to the first. */
  readonly isLoop: boolean;
}

/**
 * The cameras of a path, evenly spaced in time, the same time from key to key: positions and fields of view by Kochanek and Bartels' cubic with
 * tension alone, rotations by the same cubic of unit quaternions, brought back to length 1.
 * @param keys at least one
 * @param frames how many cameras; the last one is the last key, or in a loop the one before the first key comes again
 */
export function splinePath(keys: readonly Keyframe[], frames: number, settings: SplineSettings): Keyframe[] {
  const points = pointsOf(keys);
  const parts = settings.isLoop ? keys.length : keys.length - 1;
  const spaces = settings.isLoop ? frames : frames - 1;
  return Array.from({ length: frames }, (_, frame) => {
    const place = spaces > 0 ? (frame * parts) / spaces : 0;
    const part = Math.min(Math.floor(place), Math.max(0, parts - 1));
    return keyframeOf(between(points, part, place - part, settings));
  });
}

/** Each key as x, y, z, field of view, and its rotation w, x, y, z, of the sign that is nearer to the one before. */
function pointsOf(keys: readonly Keyframe[]): number[][] {
  const points: number[][] = [];
  for (const { cameraToWorld: m, fieldOfView } of keys) {
    const rotation = quaternionOf([0, 1, 2].flatMap((row) => m.slice(row * 4, row * 4 + 3)));
    const before = points.at(-1)?.slice(4);
    const sign = before && product(before, rotation) < 0 ? -1 : 1;
    points.push([m[3]!, m[7]!, m[11]!, fieldOfView, ...rotation.map((value) => sign * value)]);
  }
  return points;
}

function between(
  points: readonly number[][],
  part: number,
  share: number,
  settings: SplineSettings,
): number[] {
  const count = points.length;
  const at = (index: number) =>
    settings.isLoop ? (index + count) % count : Math.max(0, Math.min(count - 1, index));
  const from = points[at(part)]!;
  // A loop may come back to its first key from the other side of the sphere of rotations.
  const [before, to, after] = [part - 1, part + 1, part + 2].map((index) => facing(points[at(index)]!, from));
  const [s, s2, s3] = [share, share ** 2, share ** 3];
  const slope = (1 - settings.tension) / 2;
  return from.map((value, k) => {
    const begin = slope * (to![k]! - before![k]!);
    const end = slope * (after![k]! - value);
    return (
      (2 * s3 - 3 * s2 + 1) * value +
      (s3 - 2 * s2 + s) * begin +
      (3 * s2 - 2 * s3) * to![k]! +
      (s3 - s2) * end
    );
  });
}

/** The same point, its rotation of the sign that is nearer to that of `other`. */
function facing(point: readonly number[], other: readonly number[]): number[] {
  const sign = product(point.slice(4), other.slice(4)) < 0 ? -1 : 1;
  return point.map((value, k) => (k < 4 ? value : sign * value));
}

function keyframeOf([x, y, z, fieldOfView, ...rotation]: readonly number[]): Keyframe {
  const length = Math.hypot(...rotation);
  const turned = rotation.map((value) => value / length) as [number, number, number, number];
  const m = rotationOf(turned);
  const position = [x!, y!, z!];
  const cameraToWorld = [0, 1, 2].flatMap((row) => [...m.slice(row * 3, row * 3 + 3), position[row]!]);
  return { cameraToWorld, fieldOfView: fieldOfView! };
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}
