/** Rows of splats: which of them are worth keeping, copies of some, and a split of one into two. */

import { rotationOf } from '../../../data/poses/rotationOf.ts';
import { moveRows } from '../../../optimizers/moveRows.ts';
import { splatGroups } from '../splatGroups.ts';
import type { SplatValues } from '../splatParameters.ts';
import { logit } from '../splatUnits.ts';
import type { Densification, SplatShapes } from './densifier.ts';

/** Rows that are more opaque than `minOpacity`, and finite; ascending. */
export function opaqueRows(values: SplatValues, minOpacity: number): Int32Array {
  const least = logit(minOpacity);
  const { opacities } = values;
  const count = opacities.length;
  const isLost = nonFiniteRows(values);
  const kept = new Int32Array(count);
  let length = 0;
  for (let row = 0; row < count; row++)
    if (opacities[row]! > least && isLost[row] === 0) kept[length++] = row;
  return kept.subarray(0, length);
}

/** [rows] 1 where a number of the row is not finite. */
function nonFiniteRows(values: SplatValues): Uint8Array {
  const count = values.opacities.length;
  const isLost = new Uint8Array(count);
  for (const group of splatGroups) {
    const numbers = values[group];
    if (allFinite(numbers)) continue;
    const rowSize = numbers.length / count;
    for (let k = 0; k < numbers.length; k++)
      if (!Number.isFinite(numbers[k])) isLost[Math.floor(k / rowSize)] = 1;
  }
  return isLost;
}

/** 0 times a number is 0, unless it is not finite. Four sums, because additions wait for each other. */
function allFinite(numbers: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = numbers.length - (numbers.length % 4);
  for (let k = 0; k < whole; k += 4) {
    a += numbers[k]! * 0;
    b += numbers[k + 1]! * 0;
    c += numbers[k + 2]! * 0;
    d += numbers[k + 3]! * 0;
  }
  for (let k = whole; k < numbers.length; k++) a += numbers[k]! * 0;
  return a + b + c + d === 0;
}

/** Rows `kept`, and behind them a copy of each of `copied`, whose memory is inherited and whose shapes may be changed. */
export function withCopies(values: SplatValues, kept: Int32Array, copied: Int32Array): Densification {
  const sources = new Int32Array(kept.length + copied.length);
  sources.set(kept);
  sources.set(copied, kept.length);
  return { sources, from: sources.slice(), shapes: copyShapes(values, sources) };
}

/** The shapes of the splats `sources`, in their order. */
function copyShapes({ means, scales, opacities }: SplatShapes, sources: Int32Array): SplatShapes {
  const copies = {
    means: new Float32Array(sources.length * 3),
    scales: new Float32Array(sources.length * 3),
    opacities: new Float32Array(sources.length),
  };
  moveRows(means, copies.means, sources, 0);
  moveRows(scales, copies.scales, sources, 0);
  moveRows(opacities, copies.opacities, sources, 0);
  return copies;
}

/**
 * The `count` of some rows that have the largest scores, ascending; of equal ones those that come first.
 * @param rows ascending
 * @param scores of all rows, not only of `rows`
 */
export function largestRows(rows: Int32Array, scores: Float32Array, count: number): Int32Array {
  const chosen = new Int32Array(count);
  if (count === 0) return chosen;
  const sorted = new Float32Array(rows.length);
  for (let k = 0; k < rows.length; k++) sorted[k] = scores[rows[k]!]!;
  sorted.sort();
  const least = sorted[rows.length - count]!;
  let ties = 0;
  for (let k = rows.length - count; k < rows.length && sorted[k] === least; k++) ties++;
  let length = 0;
  for (const row of rows) {
    const score = scores[row]!;
    if (score > least || (score === least && ties-- > 0)) chosen[length++] = row;
  }
  return chosen;
}

/** Index of a splat's longest axis: 0, 1 or 2. */
export function longestAxis(scales: Float32Array, row: number): number {
  const [a, b, c] = [scales[row * 3]!, scales[row * 3 + 1]!, scales[row * 3 + 2]!];
  return a >= b && a >= c ? 0 : b >= c ? 1 : 2;
}

/** The [3, 3] rotation of a row's quaternion, which need not be normalized; columns are the splat's axes. */
export function rotationOfRow(rotations: Float32Array, row: number): readonly number[] {
  const quaternion = [0, 1, 2, 3].map((k) => rotations[row * 4 + k]!);
  const norm = Math.hypot(...quaternion);
  const [w, x, y, z] = quaternion.map((value) => value / norm) as [number, number, number, number];
  return rotationOf([w, x, y, z]);
}
