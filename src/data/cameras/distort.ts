/** OpenCV's radial and tangential lens distortion; undistort.ts has its inverse. */
import type { Distortion } from './camera.ts';

/**
 * Where the lens shows the point (x, y) of the plane z = 1: (x d + 2 p1 x y + p2 (r + 2 x²), y d + 2 p2 x y + p1 (r + 2 y²)), with
 * r = x² + y² and d = 1 + k1 r + k2 r² + k3 r³ + k4 r⁴. Coordinates are OpenCV's (y down).
 */
export function distort(x: number, y: number, [k1, k2, k3, k4, p1, p2]: Distortion): [number, number] {
  const r = x * x + y * y;
  const d = 1 + k1 * r + k2 * r ** 2 + k3 * r ** 3 + k4 * r ** 4;
  return [x * d + 2 * p1 * x * y + p2 * (r + 2 * x * x), y * d + 2 * p2 * x * y + p1 * (r + 2 * y * y)];
}
