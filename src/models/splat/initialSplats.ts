/** The splats that training begins with: round ones at coloured points, as large as the points are apart. */

import type { SplatValues } from './splatParameters.ts';
import type { SplatConfig } from './splatSchema.ts';
import { constantHarmonic, logit } from './splatUnits.ts';

/** Points in the splats' coordinates. */
export interface ColoredPoints {
  /** [points, 3] */
  readonly positions: Float32Array;
  /** [points, 3], 0..1 */
  readonly colors: Float32Array;
}

/** @param harmonicsWidth numbers in a row of the harmonics, which begin as 0 */
export function initialSplats(
  { positions, colors }: ColoredPoints,
  { opacity, size }: SplatConfig['start'],
  harmonicsWidth: number,
): SplatValues {
  const count = positions.length / 3;
  const logSizes = neighbourDistances(positions).map((distance) => Math.log(size * distance));
  return {
    means: positions,
    scales: Float32Array.from({ length: count * 3 }, (_, k) => logSizes[Math.floor(k / 3)]!),
    rotations: Float32Array.from({ length: count * 4 }, (_, k) => (k % 4 === 0 ? 1 : 0)),
    opacities: new Float32Array(count).fill(logit(opacity)),
    colors: colors.map((value) => (value - 0.5) / constantHarmonic),
    harmonics: new Float32Array(count * harmonicsWidth),
  };
}

/** Root mean square distance of each point to its three nearest neighbours; 0.1 for one that is alone. */
function neighbourDistances(positions: Float32Array): Float64Array {
  const smallest = 1e-5;
  const order = Int32Array.from({ length: positions.length / 3 }, (_, point) => point);
  order.sort((a, b) => positions[a * 3]! - positions[b * 3]!);
  const distances = new Float64Array(order.length);
  order.forEach((point, place) => {
    const near = nearestSquares(positions, order, place).filter(Number.isFinite);
    const mean = near.reduce((sum, square) => sum + square, 0) / near.length;
    distances[point] = near.length === 0 ? 0.1 : Math.max(smallest, Math.sqrt(mean));
  });
  return distances;
}

/** Squared distances to the three nearest neighbours, ascending. @param order points by ascending x: no farther ones along it need be looked at */
function nearestSquares(positions: Float32Array, order: Int32Array, place: number): number[] {
  const point = order[place]!;
  const [x, y, z] = [positions[point * 3]!, positions[point * 3 + 1]!, positions[point * 3 + 2]!];
  let [a, b, c] = [Infinity, Infinity, Infinity];
  for (const way of [-1, 1])
    for (let k = place + way; k >= 0 && k < order.length; k += way) {
      const other = order[k]!;
      const dx = x - positions[other * 3]!;
      if (dx * dx >= c) break;
      const [dy, dz] = [y - positions[other * 3 + 1]!, z - positions[other * 3 + 2]!];
      const square = dx * dx + dy * dy + dz * dz;
      if (square >= c) continue;
      if (square < a) [a, b, c] = [square, a, b];
      else if (square < b) [b, c] = [square, b];
      else c = square;
    }
  return [a, b, c];
}
