/** Rotations as matrices. */

/** The rotation matrix, [3, 3] row-major, of a quaternion w, x, y, z of length 1. */
export function rotationOf([w, x, y, z]: readonly [number, number, number, number]): number[] {
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}
