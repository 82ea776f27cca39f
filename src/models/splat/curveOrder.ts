/** The order of splats in memory: along a curve through space, so that neighbours there are neighbours in memory. */

/** The curve's cube reaches this far from the origin: cameras lie within 1. */
const curveReach = 4;
const bits = 10;
const cells = 2 ** bits;

/**
 * Places along Morton's curve, 10 bits a coordinate; what lies outside the cube counts as at its border, and equal ones keep their order.
 * @param means [splats, 3]
 * @returns [splats] rows of `means` in their new order
 */
export function curveOrder(means: Float32Array): Int32Array {
  const count = means.length / 3;
  let order: Int32Array = new Int32Array(count);
  const codes = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    order[row] = row;
    codes[row] =
      spread(cellOf(means[row * 3]!)) |
      (spread(cellOf(means[row * 3 + 1]!)) << 1) |
      (spread(cellOf(means[row * 3 + 2]!)) << 2);
  }
  // A radix sort: three passes over the digits, the last first.
  for (let shift = 0; shift < 3 * bits; shift += bits) order = sortedByDigit(order, codes, shift);
  return order;
}

function sortedByDigit(order: Int32Array, codes: Int32Array, shift: number): Int32Array {
  const ends = new Int32Array(cells + 1);
  for (const code of codes) ends[((code >> shift) & (cells - 1)) + 1]!++;
  for (let digit = 0; digit < cells; digit++) ends[digit + 1]! += ends[digit]!;
  const sorted = new Int32Array(order.length);
  for (const row of order) sorted[ends[(codes[row]! >> shift) & (cells - 1)]!++] = row;
  return sorted;
}

function cellOf(coordinate: number): number {
  const cell = Math.floor((coordinate / (2 * curveReach) + 0.5) * cells);
  return Math.min(cells - 1, Math.max(0, cell));
}

/** Two zeros between the bits of a number of 10 bits. */
function spread(value: number): number {
  let x = value;
  x = (x | (x << 16)) & 0x30000ff;
  x = (x | (x << 8)) & 0x300f00f;
  x = (x | (x << 4)) & 0x30c30c3;
  return (x | (x << 2)) & 0x9249249;
}
