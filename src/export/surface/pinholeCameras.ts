/** Cameras without a lens, from which surfaces are looked at: a point is projected by a division, whatever the photos were taken with. */
import type { Camera } from '../../data/cameras/camera.ts';
import { resizeCamera } from '../../data/cameras/resizeCamera.ts';
import { columnOf, cross, type Vector3 } from '../../data/vector3.ts';

/** A fisheye's picture is looked at within this angle from its axis, where a plane does not stretch it much. */
const widestAngle = 50 * (Math.PI / 180);

/**
 * Pinholes that together see what `camera` sees, with as many pixels for an angle in the middle: one for a perspective lens, the front of a fisheye,
 * and the six sides of a cube for a panorama.
 */
export function pinholesOf(camera: Camera): Camera[] {
  const { model, width, height, fx, fy, cx, cy, cameraToWorld } = camera;
  const pinhole = { model: 'OPENCV', cameraToWorld } as const;
  if (model === 'OPENCV') return [{ ...pinhole, width, height, fx, fy, cx, cy }];
  if (model === 'EQUIRECTANGULAR') {
    const side = Math.max(1, Math.round(width / 4));
    const square = { width: side, height: side, fx: side / 2, fy: side / 2, cx: side / 2, cy: side / 2 };
    return cubeSides(cameraToWorld).map((pose) => ({ ...pinhole, ...square, cameraToWorld: pose }));
  }
  const within = (pixels: number, focalLength: number) =>
    Math.max(1, Math.min(pixels, Math.floor(2 * Math.tan(widestAngle) * focalLength)));
  const [w, h] = [within(width, fx), within(height, fy)];
  return [{ ...pinhole, width: w, height: h, fx, fy, cx: w / 2, cy: h / 2 }];
}

/** The same views with about `pixels` pixels in all, at most `largest` times as wide and high. */
export function withPixels(cameras: readonly Camera[], pixels: number, largest: number): Camera[] {
  const all = cameras.reduce((sum, { width, height }) => sum + width * height, 0);
  const scale = Math.min(largest, Math.sqrt(pixels / all));
  const resized = (side: number) => Math.max(1, Math.round(side * scale));
  return cameras.map((camera) => resizeCamera(camera, resized(camera.width), resized(camera.height)));
}

/** The pose turned to the front, the back, the sides, down and up. */
function cubeSides(pose: readonly number[]): number[][] {
  const [x, y, z] = [columnOf(pose, 0), columnOf(pose, 1), columnOf(pose, 2)];
  const minus = ([a, b, c]: Vector3): Vector3 => [-a, -b, -c];
  const sides: [up: Vector3, back: Vector3][] = [
    [y, z],
    [y, minus(z)],
    [y, x],
    [y, minus(x)],
    [minus(z), y],
    [z, minus(y)],
  ];
  return sides.map(([up, back]) => {
    const right = cross(up, back);
    return [0, 1, 2].flatMap((row) => [right[row]!, up[row]!, back[row]!, pose[row * 4 + 3]!]);
  });
}
