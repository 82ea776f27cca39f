/** Normals of what a rendering saw: from the places that neighbouring rays reached. */
import type { Size } from '../data/size.ts';

/**
 * A surface's normal in each pixel: the cross product of its tangents along the row and along the column, each by finite differences between
 * the points of neighbouring pixels (as 2D Gaussian Splatting has it for its normal consistency, Huang et al. 2024).
 *
 * A tangent is f / |f|² + b / |b|², f the difference forwards, b that backwards: the central difference of points that are unevenly spaced, exact to
 * second order; at an edge, beyond which one of them lies on another surface, nearly that on this side. On a plane any two are exact. The triple
 * product of a ray's direction and the two tangents has the same sign whatever the distances are: normals look at the camera.
 * @param points [height, width, 3] float32, row-major, top row first: where each pixel's ray ends, in the model's frame; NaN where nothing is seen.
 * The normals take their place: unit vectors, 0 where nothing is seen or a row or a column has no neighbour that sees anything
 */
export function depthNormals(points: Float32Array, { width, height }: Size): void {
  const normals = new Float32Array(points.length);
  const [right, up] = [new Float64Array(3), new Float64Array(3)];
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) {
      right.fill(0);
      up.fill(0);
      if (column > 0) addDifference(points, pixel - 1, pixel, right);
      if (column < width - 1) addDifference(points, pixel, pixel + 1, right);
      if (row > 0) addDifference(points, pixel, pixel - width, up);
      if (row < height - 1) addDifference(points, pixel + width, pixel, up);
      const x = right[1]! * up[2]! - right[2]! * up[1]!;
      const y = right[2]! * up[0]! - right[0]! * up[2]!;
      const z = right[0]! * up[1]! - right[1]! * up[0]!;
      const length = Math.hypot(x, y, z);
      if (length > 0) normals.set([x / length, y / length, z / length], pixel * 3);
    }
  points.set(normals);
}

/** Adds the difference between two points over the square of its length, where both are seen and apart. */
function addDifference(points: Float32Array, from: number, to: number, sum: Float64Array): void {
  const x = points[to * 3]! - points[from * 3]!;
  const y = points[to * 3 + 1]! - points[from * 3 + 1]!;
  const z = points[to * 3 + 2]! - points[from * 3 + 2]!;
  const square = x * x + y * y + z * z;
  if (!(square > 0)) return;
  sum[0]! += x / square;
  sum[1]! += y / square;
  sum[2]! += z / square;
}
