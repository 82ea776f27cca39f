/** Undoes OpenCV's radial and tangential lens distortion. */
import type { Distortion } from './camera.ts';

/** Below this determinant a Newton step would be meaningless and is left out. */
const smallestDeterminant = 1e-3;
const iterations = 10;

/**
 * The undistorted point (x, y) on the plane z = 1 whose distorted image is (xd, yd), written to `out[offset]` and the next:
 * ten Newton steps on xd = x d + 2 p1 x y + p2 (r + 2 x²), yd = y d + 2 p2 x y + p1 (r + 2 y²), with r = x² + y² and
 * d = 1 + k1 r + k2 r² + k3 r³ + k4 r⁴. Coordinates are OpenCV's (y down).
 * Source: nerfstudio 1.1.5 `radial_and_tangential_undistort`.
 */
export function undistort(
  xd: number,
  yd: number,
  [k1, k2, k3, k4, p1, p2]: Distortion,
  out: Float64Array | Float32Array,
  offset = 0,
): void {
  let x = xd;
  let y = yd;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const r = x * x + y * y;
    const d = 1 + r * (k1 + r * (k2 + r * (k3 + r * k4)));
    const errorX = d * x + 2 * p1 * x * y + p2 * (r + 2 * x * x) - xd;
    const errorY = d * y + 2 * p2 * x * y + p1 * (r + 2 * y * y) - yd;
    const slope = k1 + r * (2 * k2 + r * (3 * k3 + r * 4 * k4));
    const dx = 2 * x * slope;
    const dy = 2 * y * slope;
    const xx = d + dx * x + 2 * p1 * y + 6 * p2 * x;
    const xy = dy * x + 2 * p1 * x + 2 * p2 * y;
    const yx = dx * y + 2 * p2 * y + 2 * p1 * x;
    const yy = d + dy * y + 2 * p2 * x + 6 * p1 * y;
    const determinant = yx * xy - xx * yy;
    if (!(Math.abs(determinant) > smallestDeterminant)) break;
    const [nextX, nextY] = [
      x + (errorX * yy - errorY * xy) / determinant,
      y + (errorY * xx - errorX * yx) / determinant,
    ];
    // Further steps would stay here.
    if (nextX === x && nextY === y) break;
    x = nextX;
    y = nextY;
  }
  out[offset] = x;
  out[offset + 1] = y;
}
