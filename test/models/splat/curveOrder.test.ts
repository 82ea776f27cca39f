/** Rows along Morton's curve, against codes that are put together bit by bit and sorted as text. */
import { expect, it } from 'vitest';
import { curveOrder } from '../../../src/models/splat/curveOrder.ts';
import { randomKey, uniformAt } from '../../../src/rng.ts';

/** 10 bits of x, y, z from -4 to 4, the highest first, z before y before x. */
function code(point: readonly number[]): string {
  const bits = point.map((x) =>
    Math.min(1023, Math.max(0, Math.floor((x + 4) * 128)))
      .toString(2)
      .padStart(10, '0'),
  );
  return Array.from({ length: 10 }, (_, k) => bits[2]![k]! + bits[1]![k]! + bits[0]![k]!).join('');
}

it('sorts rows along the curve; those of one cell keep their order', () => {
  const key = randomKey(1, 1, 1);
  // Some lie outside the cube, and many in one cell.
  const means = Float32Array.from({ length: 3 * 2000 }, (_, k) =>
    k < 900 ? 0.001 * uniformAt(key, k) : 10 * uniformAt(key, k) - 5,
  );
  const codes = Array.from({ length: 2000 }, (_, row) => code(Array.from(means.slice(row * 3, row * 3 + 3))));
  const expected = codes.map((_, row) => row).sort((a, b) => codes[a]!.localeCompare(codes[b]!) || a - b);
  expect(Array.from(curveOrder(means))).toEqual(expected);
});

it('has an order for nothing, and for one', () => {
  expect(Array.from(curveOrder(new Float32Array(0)))).toEqual([]);
  expect(Array.from(curveOrder(Float32Array.of(1, 2, 3)))).toEqual([0]);
});
