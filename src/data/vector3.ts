/** Vectors of three numbers and rigid [3, 4] matrices (row-major arrays of 12), in float64. */

/** x, y, z. */
export type Vector3 = readonly [number, number, number];

/** a + factor b */
export function addScaled(a: Vector3, b: Vector3, factor: number): Vector3 {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The unit vector along `a`; NaN for the zero vector. */
export function normalize(a: Vector3): Vector3 {
  const length = Math.hypot(a[0], a[1], a[2]);
  return [a[0] / length, a[1] / length, a[2] / length];
}

/** The mean of at least one vector. */
export function mean(vectors: readonly Vector3[]): Vector3 {
  let sum: Vector3 = [0, 0, 0];
  for (const vector of vectors) sum = addScaled(sum, vector, 1);
  return [sum[0] / vectors.length, sum[1] / vectors.length, sum[2] / vectors.length];
}

/** Column `column` (0 to 2: axes, 3: translation) of a [3, 4] matrix. */
export function columnOf(matrix: readonly number[], column: 0 | 1 | 2 | 3): Vector3 {
  return [matrix[column]!, matrix[4 + column]!, matrix[8 + column]!];
}

/** The product `a b` of two [3, 4] matrices, each understood to have the last row 0 0 0 1. */
export function composeTransforms(a: readonly number[], b: readonly number[]): number[] {
  const product: number[] = [];
  for (let row = 0; row < 3; row++)
    for (let column = 0; column < 4; column++) {
      let sum = column === 3 ? a[row * 4 + 3]! : 0;
      for (let k = 0; k < 3; k++) sum += a[row * 4 + k]! * b[k * 4 + column]!;
      product.push(sum);
    }
  return product;
}

/** Determinant of three rows. */
export function determinant(a: Vector3, b: Vector3, c: Vector3): number {
  return dot(a, cross(b, c));
}
