/** The same bits, values and gradients, whatever the number of threads. */
import { beforeAll, expect, it } from 'vitest';
import { hashGridEntries, hashGridLevels } from '../../../src/fields/hashGridLevels.ts';
import { compositeRays } from '../../../src/tensors/ops/compositeRays.ts';
import { fusedMlp } from '../../../src/tensors/ops/fusedMlp.ts';
import { hashGridEncode } from '../../../src/tensors/ops/hashGridEncode.ts';
import { marchRays } from '../../../src/tensors/ops/marchRays.ts';
import { rayDistortion } from '../../../src/tensors/ops/rayDistortion.ts';
import { resamplePdf } from '../../../src/tensors/ops/resamplePdf.ts';
import { sphericalHarmonics } from '../../../src/tensors/ops/sphericalHarmonics.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { evaluateOp, noise, type Op, type OpInput, onSimd } from '../../support/evaluateOp.ts';

beforeAll(selectCpuBackend);

const [rays, width] = [300, 13];
const samples = rays * width;
const levels = hashGridLevels({
  levels: 6,
  featuresPerLevel: 2,
  log2TableSize: 11,
  baseResolution: 4,
  maxResolution: 200,
});
const shaped = (shape: number[], low: number, high: number, seed: number): OpInput => ({
  data: noise(
    shape.reduce((size, length) => size * length, 1),
    low,
    high,
    seed,
  ),
  shape,
});
const inputs: OpInput[] = [
  shaped([samples, 3], 0, 1, 1),
  shaped([hashGridEntries(levels), 2], -1, 1, 2),
  shaped([12 + 9, 32], -0.3, 0.3, 3),
  shaped([32, 4], -0.3, 0.3, 4),
  shaped([samples, 3], -1, 1, 5),
];

/** A whole field, so that every kernel and every gradient runs. */
const field: Op = (positions, table, first, second, directions) => {
  const encoded = hashGridEncode(positions as tf.Tensor2D, table as tf.Tensor2D, levels);
  const features = tf.concat([encoded, sphericalHarmonics(directions as tf.Tensor2D, 3)], 1) as tf.Tensor2D;
  const out = fusedMlp(features, [first as tf.Tensor2D, second as tf.Tensor2D], {
    outputActivation: 'softplus',
  });
  const densities = tf.reshape(tf.slice(out, [0, 0], [-1, 1]), [rays, width]) as tf.Tensor2D;
  const colors = tf.reshape(tf.slice(out, [0, 1], [-1, 3]), [rays, width, 3]);
  const deltas = tf.fill([rays, width], 0.1) as tf.Tensor2D;
  const distances = tf.tile(tf.reshape(tf.range(0, width, 1), [1, width]), [rays, 1]) as tf.Tensor2D;
  const { color, depth, opacity, weights } = compositeRays({ densities, colors, deltas, distances });
  return [color, depth, opacity, rayDistortion({ weights, distances, deltas })];
};

const sampling: Op = (origins, weights, bins) => {
  const bits = Uint8Array.from({ length: 64 }, (_, k) => (k * 37) & 255);
  const directions = tf.fill([rays, 3], Math.sqrt(1 / 3)) as tf.Tensor2D;
  const occupancy = { levels: 1, resolution: 8, bits };
  const settings = { minStep: 0.01, jitterKey: 3 };
  const marched = marchRays(origins as tf.Tensor2D, directions, occupancy, settings);
  const edges = resamplePdf(weights as tf.Tensor2D, bins as tf.Tensor2D, {
    numSamples: 24,
    histogramPadding: 0.01,
  });
  return [edges, marched.positions, marched.distances, marched.deltas, marched.rayOffsets];
};
const samplingInputs: OpInput[] = [
  { ...shaped([rays, 3], 0, 0.5, 6), constant: true },
  { ...shaped([rays, 9], 0, 1, 7), constant: true },
  { ...shaped([rays, 10], 0, 1, 8), constant: true },
];

it('has the same bits on 1, 2, 3 and 7 threads', async () => {
  const results = [];
  for (const threads of [1, 2, 3, 7])
    results.push(
      await onSimd({ threads }, () => [evaluateOp(field, inputs), evaluateOp(sampling, samplingInputs)]),
    );
  expect(results[0]![0]!.gradients.every((gradient) => gradient.some((value) => value !== 0))).toBe(true);
  for (const result of results.slice(1)) expect(result).toEqual(results[0]);
});
