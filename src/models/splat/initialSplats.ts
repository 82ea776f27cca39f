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

/** Root mean square distance of each point to its three nearest neighbours. */
function neighbourDistances(positions: Float32Array): Float64Array {
  const count = positions.length / 3;
  const smallest = 1e-5;
  return Float64Array.from({ length: count }, (_, point) => {
    let [a, b, c] = [Infinity, Infinity, Infinity];
    const [x, y, z] = [positions[point * 3]!, positions[point * 3 + 1]!, positions[point * 3 + 2]!];
    for (let k = 0; k < count; k++) {
      if (k === point) continue;
      const [dx, dy, dz] = [x - positions[k * 3]!, y - positions[k * 3 + 1]!, z - positions[k * 3 + 2]!];
      const square = dx * dx + dy * dy + dz * dz;
      if (square >= c) continue;
      if (square < a) [a, b, c] = [square, a, b];
      else if (square < b) [b, c] = [square, b];
      else c = square;
    }
    const near = [a, b, c].filter(Number.isFinite);
    if (near.length === 0) return 0.1;
    return Math.max(smallest, Math.sqrt(near.reduce((sum, square) => sum + square, 0) / near.length));
  });
}
