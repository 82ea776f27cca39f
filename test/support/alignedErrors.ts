/** How far points lie from others once they are turned, scaled and moved onto them as well as possible (Horn 1987). */

type Point = readonly number[];

/** Distance of each of `points` from its partner in `truth`, in the units of `truth`. */
export function alignedErrors(points: readonly Point[], truth: readonly Point[]): number[] {
  const [from, to] = [centred(points), centred(truth)];
  const sum = (i: number, j: number) => from.reduce((total, a, k) => total + a[i]! * to[k]![j]!, 0);
  const [xx, yy, zz] = [sum(0, 0), sum(1, 1), sum(2, 2)];
  const [yz, zy, zx, xz, xy, yx] = [sum(1, 2), sum(2, 1), sum(2, 0), sum(0, 2), sum(0, 1), sum(1, 0)];
  const [w, x, y, z] = largestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]) as [number, number, number, number];
  const rotation = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
  const turned = from.map((point) => rotation.map((row) => dot(row, point)));
  const scale = turned.reduce((t, p, k) => t + dot(p, to[k]!), 0) / turned.reduce((t, p) => t + dot(p, p), 0);
  return turned.map((point, k) => Math.hypot(...point.map((value, axis) => scale * value - to[k]![axis]!)));
}

function centred(points: readonly Point[]): number[][] {
  const mean = [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length);
  return points.map((point) => point.map((value, axis) => value - mean[axis]!));
}

/** By powers of the matrix, shifted so that its largest eigenvalue is the one of largest size. */
function largestEigenvector(matrix: readonly (readonly number[])[]): number[] {
  const shift = Math.max(...matrix.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0)));
  let vector = [1, 0.5, 0.25, 0.125];
  for (let step = 0; step < 2_000; step++) {
    const next = matrix.map((row, k) => dot(row, vector) + shift * vector[k]!);
    const length = Math.hypot(...next);
    vector = next.map((value) => value / length);
  }
  return vector;
}

function dot(a: Point, b: Point): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}
