/**
 * Densification with a budget: transparent splats go, and as many as are to come are made by splitting those whose place in the pictures
 * matters most to the loss. Rows are put in the order of a space-filling curve, so that neighbours in space are neighbours in memory.
 */
import { type SplatValues, splatGroups } from './splatParameters.ts';

export interface Densification {
  readonly values: SplatValues;
  /** Where each new row comes from; -1 for both halves of a split. See `RowMoves`. */
  readonly from: Int32Array;
}

/** A split makes two of one: this far from the centre in standard deviations of the longest axis; sizes and opacity shrink. */
const offset = 0.6;
const longAxis = Math.log(0.6);
const otherAxes = Math.log(0.9);
const splitOpacity = 0.7;
/** Share of the splats that are split at once, at most. */
const mostSplit = 0.5;

/**
 * @param scores [splats]: mean length of each splat's gradient by its place in the picture
 * @param target splats to be there afterwards; fewer than there are: none is split
 */
export function densifySplats(
  values: SplatValues,
  scores: Float32Array,
  target: number,
  minOpacity: number,
): Densification {
  const kept = keptRows(values, minOpacity);
  const wanted = Math.min(Math.max(0, target - kept.length), Math.floor(kept.length * mostSplit));
  const split = kept
    .toSorted((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, wanted)
    .sort((a, b) => a - b);
  const isSplit = new Set(split);
  // The first half takes the place of the whole, the second comes behind all others.
  const sources = Int32Array.from([...kept, ...split]);
  const sides = Int8Array.from(sources, (source, row) =>
    isSplit.has(source) ? (row < kept.length ? 1 : -1) : 0,
  );
  const means = new Float32Array(sources.length * 3);
  sources.forEach((source, row) => {
    const shift = sides[row] === 0 ? [0, 0, 0] : splitShift(values, source);
    for (let k = 0; k < 3; k++) means[row * 3 + k] = values.means[source * 3 + k]! + sides[row]! * shift[k]!;
  });
  const order = curveOrder(means);
  const gather = (rows: Float32Array, rowSize: number, sourceOf: (row: number) => number) => {
    const out = new Float32Array(order.length * rowSize);
    order.forEach((row, to) => {
      const begin = sourceOf(row) * rowSize;
      for (let k = 0; k < rowSize; k++) out[to * rowSize + k] = rows[begin + k]!;
    });
    return out;
  };
  const count = values.opacities.length;
  const moved = Object.fromEntries(
    splatGroups.map((group) => [
      group,
      group === 'means'
        ? gather(means, 3, (row) => row)
        : gather(values[group], values[group].length / count, (row) => sources[row]!),
    ]),
  ) as SplatValues;
  const from = Int32Array.from(order, (row) => (sides[row] === 0 ? sources[row]! : -1));
  from.forEach((source, row) => {
    if (source < 0) shrink(moved, row);
  });
  return { values: moved, from };
}

/** Rows that are opaque enough, and finite. */
function keptRows(values: SplatValues, minOpacity: number): number[] {
  const least = Math.log(minOpacity / (1 - minOpacity));
  const count = values.opacities.length;
  const finite = (rows: Float32Array, row: number) => {
    const rowSize = rows.length / count;
    for (let k = row * rowSize; k < (row + 1) * rowSize; k++) if (!Number.isFinite(rows[k])) return false;
    return true;
  };
  const kept: number[] = [];
  for (let row = 0; row < count; row++)
    if (values.opacities[row]! > least && splatGroups.every((group) => finite(values[group], row)))
      kept.push(row);
  return kept;
}

function longest(scales: Float32Array, row: number): number {
  const [a, b, c] = [scales[row * 3]!, scales[row * 3 + 1]!, scales[row * 3 + 2]!];
  return a >= b && a >= c ? 0 : b >= c ? 1 : 2;
}

/** From the centre of a splat to that of its first half. */
function splitShift({ scales, rotations }: SplatValues, row: number): [number, number, number] {
  const axis = longest(scales, row);
  const length = offset * Math.exp(scales[row * 3 + axis]!);
  const quaternion = [0, 1, 2, 3].map((k) => rotations[row * 4 + k]!);
  const norm = Math.hypot(...quaternion);
  const [w, x, y, z] = quaternion.map((value) => value / norm) as [number, number, number, number];
  const columns: [number, number, number][] = [
    [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)],
    [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)],
    [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)],
  ];
  return columns[axis]!.map((value) => value * length) as [number, number, number];
}

/** Makes a half of what is a copy of the whole. */
function shrink({ scales, opacities }: SplatValues, row: number): void {
  const axis = longest(scales, row);
  for (let k = 0; k < 3; k++) scales[row * 3 + k]! += k === axis ? longAxis : otherAxes;
  const opacity = splitOpacity / (1 + Math.exp(-opacities[row]!));
  opacities[row] = Math.log(opacity / (1 - opacity));
}

/** The curve's cube reaches this far from the origin: cameras lie within 1. */
const curveReach = 4;

/** Rows along Morton's curve, 10 bits a coordinate. */
function curveOrder(means: Float32Array): number[] {
  const count = means.length / 3;
  const keys = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let code = 0;
    for (let k = 0; k < 3; k++) {
      const cell = Math.floor((means[row * 3 + k]! / (2 * curveReach) + 0.5) * 1024);
      code |= spread(Math.min(1023, Math.max(0, cell))) << k;
    }
    keys[row] = code * 2 ** 21 + row;
  }
  return Array.from(keys.sort(), (key) => key % 2 ** 21);
}

/** Two zeros between the bits of a number of 10 bits. */
function spread(value: number): number {
  let x = value;
  x = (x | (x << 16)) & 0x30000ff;
  x = (x | (x << 8)) & 0x300f00f;
  x = (x | (x << 4)) & 0x30c30c3;
  return (x | (x << 2)) & 0x9249249;
}
