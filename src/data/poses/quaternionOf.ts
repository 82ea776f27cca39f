/** Rotations as unit quaternions. */

/** w, x, y, z of a rotation matrix, [3, 3] row-major (Shepperd 1978: the largest component first). */
export function quaternionOf(m: readonly number[]): number[] {
  const [xx, yy, zz] = [m[0]!, m[4]!, m[8]!];
  const squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz];
  const largest = squares.indexOf(Math.max(...squares));
  const root = Math.sqrt(squares[largest]!) / 2;
  const [a, b, c] = [m[7]! - m[5]!, m[2]! - m[6]!, m[3]! - m[1]!];
  const [d, e, f] = [m[1]! + m[3]!, m[2]! + m[6]!, m[5]! + m[7]!];
  const others = [
    [0, a, b, c],
    [a, 0, d, e],
    [b, d, 0, f],
    [c, e, f, 0],
  ][largest]!;
  return others.map((value, index) => (index === largest ? root : value / (4 * root)));
}
