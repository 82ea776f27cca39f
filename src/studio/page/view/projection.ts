/** Where points of the scene are in the picture. */
import { addScaled, columnOf, dot, type Vector3 } from '../../../data/vector3.ts';

/** A pinhole that looks through the middle of the picture. */
export interface Viewport {
  /** [3, 4] row-major, OpenGL axes. */
  readonly cameraToWorld: readonly number[];
  /** Degrees from top to bottom. */
  readonly fieldOfView: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Pixels from the top left corner; undefined behind the camera. */
export function project(point: Vector3, viewport: Viewport): readonly [number, number] | undefined {
  const offset = addScaled(point, columnOf(viewport.cameraToWorld, 3), -1);
  const [x, y, z] = ([0, 1, 2] as const).map((column) =>
    dot(offset, columnOf(viewport.cameraToWorld, column)),
  ) as [number, number, number];
  if (z > -1e-9) return undefined;
  const focal = focalLengthOf(viewport.fieldOfView, viewport.height);
  return [viewport.width / 2 + (focal * x) / -z, viewport.height / 2 - (focal * y) / -z];
}

/** What is seen at a place in the picture: from the camera on, in the model's coordinates; not of length 1. */
export function directionAt([x, y]: readonly [number, number], viewport: Viewport): Vector3 {
  const { cameraToWorld, fieldOfView, width, height } = viewport;
  const focal = focalLengthOf(fieldOfView, height);
  const [right, up, back] = ([0, 1, 2] as const).map((column) => columnOf(cameraToWorld, column)) as [
    Vector3,
    Vector3,
    Vector3,
  ];
  const sideways = addScaled([0, 0, 0], right, (x - width / 2) / focal);
  return addScaled(addScaled(sideways, up, (height / 2 - y) / focal), back, -1);
}

/**
 * Where on the line `from + t along` one points to, as t: at its point next to what is seen there. Undefined for a line that is seen from its end, within
 * some six degrees: each pixel would be far along it.
 */
export function pointedAlong(
  from: Vector3,
  along: Vector3,
  place: readonly [number, number],
  viewport: Viewport,
): number | undefined {
  const ray = directionAt(place, viewport);
  const offset = addScaled(columnOf(viewport.cameraToWorld, 3), from, -1);
  const [a, b, c] = [dot(along, along), dot(along, ray), dot(ray, ray)];
  // sin² of the angle between the two, times a c
  const aside = a * c - b * b;
  if (aside < 0.01 * a * c) return undefined;
  return (c * dot(along, offset) - b * dot(ray, offset)) / aside;
}

/** Pixels. @param fieldOfView degrees along `side` pixels */
export function focalLengthOf(fieldOfView: number, side: number): number {
  return side / 2 / Math.tan((fieldOfView * Math.PI) / 360);
}

/** Degrees along `side` pixels. */
export function fieldOfViewOf(focalLength: number, side: number): number {
  return (Math.atan(side / 2 / focalLength) * 360) / Math.PI;
}

/** The number of the point that is drawn nearest to a place in the picture, within `reach` pixels of it. */
export function nearestPointAt(
  points: readonly Vector3[],
  viewport: Viewport,
  [x, y]: readonly [number, number],
  reach: number,
): number | undefined {
  let best: number | undefined;
  let least = reach;
  points.forEach((point, index) => {
    const place = project(point, viewport);
    const distance = place ? Math.hypot(place[0] - x, place[1] - y) : Number.POSITIVE_INFINITY;
    if (distance > least) return;
    least = distance;
    best = index;
  });
  return best;
}
