/** Spherical harmonics, resampling, distortion, marching and the bitwise helper: kernels against references and by hand. */

import { beforeAll, describe, expect, it } from 'vitest';
import { kernelVariants } from '../../../src/kernels/kernelVariants.ts';
import { distortionLoss } from '../../../src/losses/distortionLoss.ts';
import { huberLoss } from '../../../src/losses/huberLoss.ts';
import { evenBins } from '../../../src/samplers/spacing.ts';
import { type MarchRaysSettings, marchRays } from '../../../src/tensors/ops/marchRays.ts';
import { rayDistortion } from '../../../src/tensors/ops/rayDistortion.ts';
import { resamplePdf } from '../../../src/tensors/ops/resamplePdf.ts';
import { sphericalHarmonics } from '../../../src/tensors/ops/sphericalHarmonics.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import {
  differencesOf,
  evaluateOp,
  noise,
  type Op,
  type OpInput,
  type OpResult,
  onSimd,
} from '../../support/evaluateOp.ts';

beforeAll(selectCpuBackend);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function expectClose(actual: OpResult, expected: OpResult, tolerance: { rtol?: number; atol?: number }) {
  expect([actual.values.length, actual.gradients.length]).toEqual([
    expected.values.length,
    expected.gradients.length,
  ]);
  for (const kind of ['values', 'gradients'] as const)
    actual[kind].forEach((array, index) => {
      expect(array).toBeAllClose(expected[kind][index]!, tolerance);
    });
}

describe('sphericalHarmonics', () => {
  const op =
    (levels: number): Op =>
    (directions) => [sphericalHarmonics(directions as tf.Tensor2D, levels)];
  const inputs = (rows: number, constant = false): OpInput[] => [
    { data: noise(rows * 3, -1, 1), shape: [rows, 3], constant },
  ];

  it.each([1, 2, 3, 4, 5])(
    '%i bands: values and gradients as composed of tensor operations',
    async (levels) => {
      for (const rows of [0, 1, 33]) {
        // The first band is constant.
        const given = inputs(rows, levels === 1);
        const expected = evaluateOp(op(levels), given);
        for (const variant of kernelVariants)
          expectClose(await onSimd({ variant, threads: 1 }, () => evaluateOp(op(levels), given)), expected, {
            rtol: 1e-5,
            atol: 3e-6,
          });
      }
    },
  );

  it('has the gradients of finite differences', async () => {
    await onSimd({}, () => {
      const { gradients } = evaluateOp(op(5), inputs(7));
      for (const { element, slope } of differencesOf(op(5), inputs(7), 0, 1e-2))
        expect(Math.abs(slope - gradients[0]![element]!)).toBeLessThan(1e-2 * Math.abs(slope) + 5e-3);
    });
  });

  it('says what does not fit', () => {
    expect(() => sphericalHarmonics(tf.ones([1, 3]), 6)).toThrow(/1 to 5, not 6/);
    expect(() => sphericalHarmonics(tf.ones([1, 2]), 2)).toThrow(/\[rays, 3\]/);
  });
});

describe('resamplePdf', () => {
  const [rays, samples] = [70, 11];
  const weights = noise(rays * samples, 0, 1);
  weights.fill(0, 0, samples);
  const inputs: OpInput[] = [
    { data: weights, shape: [rays, samples] },
    { data: Array.from({ length: rays }, () => evenBins(samples)).flat(), shape: [rays, samples + 1] },
  ];
  const op: Op = (w, bins) => [
    resamplePdf(w as tf.Tensor2D, bins as tf.Tensor2D, { numSamples: 16, histogramPadding: 0.01 }),
  ];

  it('gives the edges of the plain sampler, and no gradient', async () => {
    const expected = evaluateOp(
      op,
      inputs.map((input) => ({ ...input, constant: true })),
    );
    for (const variant of kernelVariants) {
      const { values, gradients } = await onSimd({ variant, threads: 1 }, () => evaluateOp(op, inputs));
      expect(values[0]).toBeAllClose(expected.values[0]!, { rtol: 0, atol: 1e-7 });
      for (const gradient of gradients) expect(gradient.every((value) => value === 0)).toBe(true);
    }
  });

  it('is the inverse of the cumulative weight, by hand', async () => {
    await onSimd({}, () => {
      // Weights 1/4 and 3/4 over halves: quantiles 1/8, 3/8, 5/8, 7/8.
      const settings = { numSamples: 3, histogramPadding: 0 };
      const edges = resamplePdf(tf.tensor2d([[1, 3]]), tf.tensor2d([[0, 0.5, 1]]), settings);
      expect(edges.dataSync()).toBeAllClose([0.25, 0.5 + 1 / 12, 0.75, 0.5 + 5 / 12]);
      expect(resamplePdf(tf.zeros([0, 2]), tf.zeros([0, 3]), settings).shape).toEqual([0, 4]);
      expect(() => resamplePdf(tf.zeros([1, 2]), tf.zeros([1, 2]), settings)).toThrow(
        /bins must be \[1, 3\]/,
      );
    });
  });
});

describe('rayDistortion', () => {
  const counts = [5, 0, 1, 40, 2];
  const samples = sum(counts);
  const packed: OpInput[] = [
    { data: noise(samples, 0, 0.4), shape: [samples] },
    { data: noise(samples, 0, 3, 2).sort(), shape: [samples], constant: true },
    { data: noise(samples, 0.01, 0.2, 3), shape: [samples], constant: true },
    {
      data: [0, ...counts.map((_, ray) => sum(counts.slice(0, ray + 1)))],
      shape: [6],
      dtype: 'int32',
      constant: true,
    },
  ];
  const op: Op = (weights, distances, deltas, rayOffsets) => {
    const rays = { weights, distances, deltas, rayOffsets };
    return [rayDistortion(rays as Parameters<typeof rayDistortion>[0])];
  };

  it('is the sum over all pairs, values and gradients', async () => {
    const expected = evaluateOp(op, packed);
    for (const variant of kernelVariants)
      expectClose(await onSimd({ variant, threads: 1 }, () => evaluateOp(op, packed)), expected, {
        rtol: 1e-4,
        atol: 1e-5,
      });
  });

  it('is by hand: two halves one apart, and what lies within them', async () => {
    const compute = () => {
      const [distances, deltas] = [tf.tensor2d([[0, 1]]), tf.tensor2d([[0.3, 0.6]])];
      return rayDistortion({ weights: tf.tensor2d([[0.5, 0.5]]), distances, deltas }).dataSync()[0];
    };
    const byHand = 2 * 0.25 + (0.25 * 0.3 + 0.25 * 0.6) / 3;
    expect(compute()).toBeCloseTo(byHand, 6);
    expect(await onSimd({}, compute)).toBeCloseTo(byHand, 6);
  });

  it('has the mean of distortionLoss', async () => {
    const bins = tf.tensor2d([evenBins(8), evenBins(8).map((edge) => edge ** 2)]);
    const weights = noise(16, 0, 0.2);
    const loss = distortionLoss({ weights: tf.tensor3d(weights, [2, 8, 1]), bins }).dataSync()[0]!;
    const edges = bins.arraySync();
    const middles = edges.map((row) => row.slice(1).map((edge, k) => (edge + row[k]!) / 2));
    const widths = edges.map((row) => row.slice(1).map((edge, k) => edge - row[k]!));
    const each = await onSimd({}, () =>
      rayDistortion({
        weights: tf.tensor2d(weights, [2, 8]),
        distances: tf.tensor2d(middles),
        deltas: tf.tensor2d(widths),
      }).arraySync(),
    );
    expect(sum(each) / 2).toBeCloseTo(loss, 5);
  });

  it('has the gradients of finite differences', async () => {
    await onSimd({}, () => {
      const { gradients } = evaluateOp(op, packed);
      for (const { element, slope } of differencesOf(op, packed, 0, 1e-2))
        expect(Math.abs(slope - gradients[0]![element]!)).toBeLessThan(1e-2 * Math.abs(slope) + 2e-3);
    });
  });
});

describe('marchRays', () => {
  const [levels, resolution, rays] = [2, 16, 40];
  const cells = levels * resolution ** 3;
  const occupied = noise(cells, 0, 1, 5).map((value) => Number(value < 0.3));
  const bits = new Uint8Array(cells / 8);
  occupied.forEach((is, cell) => {
    if (is) bits[cell >> 3]! |= 1 << (cell & 7);
  });
  const origins = noise(rays * 3, -1, 2, 6);
  const directions = noise(rays * 3, -1, 1, 7);
  for (let ray = 0; ray < rays; ray++) {
    const length = Math.hypot(...directions.subarray(ray * 3, ray * 3 + 3));
    for (let axis = 0; axis < 3; axis++) directions[ray * 3 + axis]! /= length;
  }
  const march = (settings: MarchRaysSettings) => {
    const result = marchRays(
      tf.tensor2d(origins, [rays, 3]),
      tf.tensor2d(directions, [rays, 3]),
      { levels, resolution, bits },
      settings,
    );
    const read = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
    const { positions, distances, deltas, rayIndices, rayOffsets } = result;
    return {
      positions: read(positions),
      distances: read(distances),
      deltas: read(deltas),
      rayIndices: read(rayIndices),
      rayOffsets: read(rayOffsets),
    };
  };

  it.each<[string, MarchRaysSettings]>([
    ['even steps', { minStep: 0.013 }],
    [
      'steps that grow, random offsets',
      { minStep: 0.004, maxStep: 0.1, coneAngle: 0.02, jitterKey: 77, near: 0.05 },
    ],
  ])('%s: takes the samples of the plain march', async (_, settings) => {
    const expected = march(settings);
    expect(expected.distances.length).toBeGreaterThan(300);
    for (const variant of kernelVariants) {
      const actual = await onSimd({ variant }, () => march(settings));
      // float32 against float64: a sample at a cell's border may fall to either side.
      const key = (result: typeof actual, k: number) =>
        `${result.rayIndices[k]}:${Math.round(result.distances[k]! * 500)}`;
      const keys = new Set(expected.distances.map((__, k) => key(expected, k)));
      const found = actual.distances.filter((__, k) => keys.has(key(actual, k))).length;
      expect(found / expected.distances.length).toBeGreaterThan(0.97);
      expect(Math.abs(actual.distances.length - expected.distances.length)).toBeLessThan(
        0.02 * expected.distances.length,
      );
      actual.rayOffsets.slice(1).forEach((end, ray) => {
        const own = actual.rayIndices.slice(actual.rayOffsets[ray], end);
        expect(own.every((index) => index === ray)).toBe(true);
      });
      expect(actual.rayOffsets.at(-1)).toBe(actual.distances.length);
      // Positions are where the distances say: the outermost cube is twice the unit cube.
      actual.distances.forEach((t, k) => {
        const ray = actual.rayIndices[k]!;
        for (let axis = 0; axis < 3; axis++) {
          const unit = origins[ray * 3 + axis]! + t * directions[ray * 3 + axis]!;
          expect(Math.abs(actual.positions[k * 3 + axis]! - ((unit - 0.5) / 2 + 0.5))).toBeLessThan(1e-5);
        }
      });
    }
  });

  it('ends a ray that goes nowhere at once', async () => {
    const counts = () => {
      const inside = tf.fill([2, 3], 0.5) as tf.Tensor2D;
      const still = tf.tensor2d([0, 0, 0, 0, 0, 1], [2, 3]);
      const full = new Uint8Array(cells / 8).fill(255);
      const { rayOffsets } = marchRays(inside, still, { levels, resolution, bits: full }, { minStep: 0.1 });
      return [...rayOffsets.dataSync()];
    };
    const [begin, first, second] = counts();
    expect([begin, first]).toEqual([0, 0]);
    expect(second).toBeGreaterThan(2);
    for (const variant of kernelVariants) expect(await onSimd({ variant }, counts)).toEqual([0, 0, second]);
  });

  it('does not look at what was in its memory before', async () => {
    const settings = { minStep: 0.013 };
    const clean = await onSimd({}, () => march(settings));
    const afterOthers = await onSimd({}, () => {
      // One piece of memory that has all of what the call takes, full of numbers that would be addresses.
      tf.fill([1 << 20], 2_000_000_000, 'int32').dispose();
      return march(settings);
    });
    expect(afterOthers).toEqual(clean);
  });

  it('takes no rays, and says what does not fit', async () => {
    await onSimd({}, () => {
      const none = tf.zeros([0, 3]) as tf.Tensor2D;
      const { rayOffsets, positions } = marchRays(none, none, { levels, resolution, bits }, { minStep: 0.1 });
      expect([[...rayOffsets.dataSync()], positions.shape]).toEqual([[0], [0, 3]]);
      expect(() => marchRays(none, none, { levels, resolution: 12, bits }, { minStep: 0.1 })).toThrow(
        /multiple of 8/,
      );
      expect(() => marchRays(none, none, { levels, resolution, bits }, { minStep: 0 })).toThrow(/minStep/);
    });
  });
});

describe('huberLoss', () => {
  it('is quadratic below delta and linear above', () => {
    const loss = (error: number, delta: number) =>
      huberLoss(tf.tensor1d([error]), tf.tensor1d([0]), delta).dataSync()[0];
    expect(loss(0.5, 1)).toBeCloseTo(0.125, 6);
    expect(loss(-3, 1)).toBeCloseTo(2.5, 6);
    expect(loss(3, 2)).toBeCloseTo(4, 6);
    const slope = tf.grad((x: tf.Tensor) => huberLoss(x, tf.zeros([2]), 0.1))(tf.tensor1d([0.05, -7]));
    expect(slope.dataSync()).toBeAllClose([0.025, -0.05]);
  });
});
