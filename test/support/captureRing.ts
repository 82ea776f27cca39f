/** A capture whose geometry is known: what tests of formats write down in each format's own terms, and compare with what was read. */
import { expect } from 'vitest';
import { pointDirection } from '../../src/data/cameras/cameraDirections.ts';
import type { Frame, Scene } from '../../src/data/scene.ts';

export type Vector = readonly [number, number, number];

/** A camera: its position, and its axes in the world as OpenCV names them. */
export interface View {
  readonly position: Vector;
  readonly right: Vector;
  readonly down: Vector;
  readonly forward: Vector;
}

const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const negative = (a: Vector): Vector => [-a[0], -a[1], -a[2]];
const unit = (a: Vector): Vector => {
  const length = Math.hypot(...a);
  return [a[0] / length, a[1] / length, a[2] / length];
};

/** Cameras around (0.2, -0.1, 0.3), at different heights and a little tilted; z is up. */
export function ring(count: number): View[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (index * 2 * Math.PI) / count + 0.1;
    const position: Vector = [3 * Math.cos(angle), 3 * Math.sin(angle), 0.4 * (index % 3)];
    const forward = unit(minus([0.2, -0.1, 0.3], position));
    const right = unit(cross(forward, [0.1, 0.05, 1]));
    return { position, right, down: cross(forward, right), forward };
  });
}

/** What all cameras have in view. */
export const points: readonly Vector[] = [
  [0, 0, 0],
  [0.5, -0.3, 0.2],
  [-0.4, 0.35, 0.6],
];

/** x / z, y / z of a point in the camera's OpenCV axes. */
export function onPlane(view: View, point: Vector): [number, number] {
  const from = minus(point, view.position);
  const depth = dot(from, view.forward);
  return [dot(from, view.right) / depth, dot(from, view.down) / depth];
}

/** Where in a photo each point is seen; `toPixel` has the format's own lens. */
export type ToPixel = (view: View, point: Vector) => readonly [number, number];

/** The settings with which a format's coordinates stay as they are. */
export const unplaced = { orientation: 'none', center: 'none', autoScale: false } as const;

/**
 * Expects that each photo looks from where its view stands to the points that it shows.
 * @param viewOf the view of a frame
 * @param toModel from the ring's coordinates to the format's
 */
export function expectViews(
  { train, eval: held }: Scene,
  viewOf: (frame: Frame) => View,
  toPixel: ToPixel,
  toModel: (point: Vector) => Vector = (point) => point,
): void {
  for (const frame of new Set([...train, ...held])) {
    const view = viewOf(frame);
    const pose = frame.camera.cameraToWorld;
    expect([pose[3], pose[7], pose[11]]).toBeAllClose([...toModel(view.position)], { atol: 1e-6 });
    for (const point of points) {
      const seen = new Float64Array(3);
      pointDirection(frame.camera, ...toPixel(view, point), seen);
      const direction = [0, 1, 2].map((row) =>
        [0, 1, 2].reduce((sum, column) => sum + pose[row * 4 + column]! * seen[column]!, 0),
      ) as unknown as Vector;
      const wanted = unit(minus(toModel(point), toModel(view.position)));
      expect([...unit(direction)]).toBeAllClose([...wanted], { atol: 1e-5 });
    }
  }
}

/** The number in a photo's name: `images/07.png` is 7. */
export function numberOf({ name }: Frame): number {
  return Number(/(\d+)(?:\.\w+)?$/.exec(name)![1]);
}
