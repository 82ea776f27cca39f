/** Splitting and removing splats, by hand. */
import { expect, it } from 'vitest';
import { densifySplats } from '../../../src/models/splat/densifySplats.ts';
import type { SplatValues } from '../../../src/models/splat/splatParameters.ts';

const logit = (opacity: number) => Math.log(opacity / (1 - opacity));

/** Four splats on the x axis; the second is long in y after its rotation by 90 degrees about z. */
function four(): SplatValues {
  const half = Math.SQRT1_2;
  return {
    means: Float32Array.of(-0.5, 0, 0, 0, 0, 0, 0.5, 0, 0, 1, 0, 0),
    scales: Float32Array.of(-4, -4, -4, Math.log(0.1), -4, -4, -4, -4, -4, -4, -4, -4),
    rotations: Float32Array.of(1, 0, 0, 0, 2 * half, 0, 0, 2 * half, 1, 0, 0, 0, 1, 0, 0, 0),
    opacities: Float32Array.of(0, logit(0.8), logit(0.004), 1),
    colors: Float32Array.from({ length: 12 }, (_, k) => k),
    harmonics: new Float32Array(0),
  };
}

it('removes what is transparent and splits what matters most along its longest axis', () => {
  const { values, from } = densifySplats(four(), Float32Array.of(1, 5, 9, 2), 4, 0.005);
  // Along the curve the first stays first, then the halves (+ and - in y), then the last; the third has gone.
  const rows = Array.from(from, (source, row) => ({
    source,
    mean: Array.from(values.means.slice(row * 3, row * 3 + 3)),
  }));
  expect(rows.map(({ source }) => source).toSorted()).toEqual([-1, -1, 0, 3]);
  const halves = rows.filter(({ source }) => source === -1).map(({ mean }) => mean);
  expect(halves.map(([, y]) => y!).toSorted((a, b) => a - b)).toBeAllClose([-0.06, 0.06]);
  expect(halves.flatMap(([x, , z]) => [x!, z!])).toBeAllClose([0, 0, 0, 0], { atol: 1e-7 });
  const first = from.indexOf(-1);
  expect(values.scales.slice(first * 3, first * 3 + 3)).toBeAllClose([
    Math.log(0.06),
    -4 + Math.log(0.9),
    -4 + Math.log(0.9),
  ]);
  expect(values.opacities[first]).toBeCloseTo(logit(0.56), 5);
  expect(values.colors.slice(first * 3, first * 3 + 3)).toEqual(Float32Array.of(3, 4, 5));
  const kept = from.indexOf(3);
  expect(values.opacities[kept]).toBe(1);
});

it('splits none where the budget is spent, and half at most', () => {
  const scores = Float32Array.of(1, 5, 9, 2);
  expect(Array.from(densifySplats(four(), scores, 0, 0.005).from).toSorted()).toEqual([0, 1, 3]);
  expect(densifySplats(four(), scores, 1000, 0.001).from.length).toBe(6);
});

it('removes what is not finite', () => {
  const values = four();
  values.scales[0] = Number.NaN;
  values.means[3] = Infinity;
  expect(Array.from(densifySplats(values, new Float32Array(4), 0, 0.005).from)).toEqual([3]);
});
