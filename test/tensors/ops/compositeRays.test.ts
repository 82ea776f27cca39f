/** Volume rendering: values by hand, kernels against tensor operations, gradients against finite differences. */
import { beforeAll, describe, expect, it } from 'vitest';
import { renderWeights } from '../../../src/renderers/renderWeights.ts';
import { type CompositeSettings, compositeRays } from '../../../src/tensors/ops/compositeRays.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { differencesOf, evaluateOp, noise, type Op, type OpInput, onSimd } from '../../support/evaluateOp.ts';

beforeAll(selectCpuBackend);

/** Rays of these many samples; densities such that most rays end opaque. */
function packedInputs(counts: readonly number[]): OpInput[] {
  const samples = counts.reduce((sum, count) => sum + count, 0);
  const offsets = [0];
  for (const count of counts) offsets.push(offsets.at(-1)! + count);
  return [
    { data: noise(samples, 0, 4), shape: [samples] },
    { data: noise(samples * 3, 0, 1, 2), shape: [samples, 3] },
    { data: noise(samples, 0.05, 0.4, 3), shape: [samples], constant: true },
    { data: noise(samples, 0, 3, 4).sort(), shape: [samples], constant: true },
    { data: offsets, shape: [offsets.length], dtype: 'int32', constant: true },
  ];
}
const packed =
  (settings: CompositeSettings = {}): Op =>
  (densities, colors, deltas, distances, rayOffsets) => {
    const samples = { densities, colors, deltas, distances, rayOffsets };
    const { color, depth, opacity, weights } = compositeRays(
      samples as Parameters<typeof compositeRays>[0],
      settings,
    );
    return [color, depth, opacity, weights];
  };
const counts = [5, 0, 1, 64, 17, 130, 2, 0];

describe('compositeRays', () => {
  it('is absorption times transmittance, by hand', async () => {
    // A share of 0.3 of all is absorbed, then 0.8 of the 0.7 that is left, then half of 0.14; the second ray meets nothing.
    const byHand = () => {
      const densities = tf.tensor1d([-Math.log(0.7), -Math.log(0.2), -Math.log(0.5), 0]);
      const colors = tf.tensor2d([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0.5, 1],
        [1, 1, 1],
      ]);
      const [deltas, distances] = [tf.ones([4]) as tf.Tensor1D, tf.tensor1d([1, 2, 3, 1])];
      const rayOffsets = tf.tensor1d([0, 3, 4], 'int32');
      const result = compositeRays({ densities, colors, deltas, distances, rayOffsets });
      expect(result.weights.dataSync()).toBeAllClose([0.3, 0.56, 0.07, 0]);
      expect(result.color.dataSync()).toBeAllClose([0.3, 0.56 + 0.035, 0.07, 0, 0, 0]);
      expect(result.depth.dataSync()).toBeAllClose([0.3 + 1.12 + 0.21, 0]);
      expect(result.opacity.dataSync()).toBeAllClose([0.93, 0]);
      // 0.14 of the light is left before the third sample.
      const stopped = compositeRays(
        { densities, colors, deltas, distances, rayOffsets },
        { minTransmittance: 0.2 },
      );
      expect(stopped.weights.dataSync()).toBeAllClose([0.3, 0.56, 0, 0]);
    };
    tf.tidy(byHand);
    await onSimd({}, () => tf.tidy(byHand));
  });

  it.each([
    ['relaxed', 0],
    ['base', 0],
    ['relaxed', 0.05],
    ['base', 0.05],
  ] as const)(
    '%s module, rays end at a transmittance of %d: as composed of tensor operations',
    async (variant, minTransmittance) => {
      const inputs = packedInputs(counts);
      const expected = evaluateOp(packed({ minTransmittance }), inputs);
      const actual = await onSimd({ variant }, () => evaluateOp(packed({ minTransmittance }), inputs));
      actual.values.forEach((value, k) => {
        expect(value).toBeAllClose(expected.values[k]!, { rtol: 2e-5, atol: 1e-6 });
      });
      actual.gradients.forEach((gradient, k) => {
        expect(gradient).toBeAllClose(expected.gradients[k]!, { rtol: 1e-4, atol: 1e-5 });
      });
    },
  );

  it('gives the weights of renderWeights for as many samples on each ray', async () => {
    const shape: [number, number] = [7, 13];
    const inputs: OpInput[] = [
      { data: noise(91, 0, 3), shape },
      { data: noise(273, 0, 1, 2), shape: [...shape, 3] },
    ];
    const unpacked: Op = (densities, colors) => {
      const deltas = tf.fill(shape, 0.25) as tf.Tensor2D;
      const distances = tf.tensor2d(noise(91, 0, 1, 3), [7, 13]);
      const result = compositeRays({
        densities: densities as tf.Tensor2D,
        colors: colors!,
        deltas,
        distances,
      });
      return [result.color, result.depth, result.opacity, result.weights];
    };
    const expected = evaluateOp(unpacked, inputs);
    const actual = await onSimd({}, () => evaluateOp(unpacked, inputs));
    actual.values.forEach((value, k) => {
      expect(value).toBeAllClose(expected.values[k]!, { rtol: 2e-5, atol: 1e-6 });
    });
    actual.gradients.forEach((gradient, k) => {
      expect(gradient).toBeAllClose(expected.gradients[k]!, { rtol: 1e-4, atol: 1e-5 });
    });
    const three = tf.tensor3d(Float32Array.from(inputs[0]!.data), [7, 13, 1]);
    const weights = renderWeights(three, tf.zeros([7, 13, 1]), tf.fill([7, 13, 1], 0.25));
    expect(actual.values[3]).toBeAllClose(weights.dataSync(), { rtol: 2e-5, atol: 1e-6 });
  });

  it('has the gradients of finite differences, through all four results', async () => {
    const inputs = packedInputs([4, 9, 1]);
    await onSimd({}, () => {
      const { gradients } = evaluateOp(packed(), inputs);
      gradients.forEach((gradient, index) => {
        for (const { element, slope } of differencesOf(packed(), inputs, index, 1e-2))
          expect(Math.abs(slope - gradient[element]!)).toBeLessThan(1e-2 * Math.abs(slope) + 1e-3);
      });
    });
  });

  it('takes rays without samples and no rays at all', async () => {
    for (const rays of [[0, 0, 0], []]) {
      const inputs = packedInputs(rays);
      const check = () => {
        const { values, gradients } = evaluateOp(packed(), inputs);
        expect(values[0]).toEqual(new Float32Array(rays.length * 3));
        expect(gradients[0]!.length).toBe(0);
      };
      check();
      await onSimd({}, check);
    }
  });

  it('says what does not fit', () => {
    const one = tf.ones([3]) as tf.Tensor1D;
    const samples = { densities: one, deltas: one, distances: one, colors: tf.ones([3, 3]) };
    const offsets = (values: number[]) => tf.tensor1d(values, 'int32');
    expect(() => compositeRays(samples)).toThrow(/\[samples\] with rayOffsets/);
    expect(() => compositeRays({ ...samples, rayOffsets: offsets([0, 2]) })).toThrow(/from 0 to 2/);
    expect(() => compositeRays({ ...samples, rayOffsets: offsets([0, 4, 3]) })).toThrow(/ascend/);
    expect(() => compositeRays({ ...samples, colors: tf.ones([3]), rayOffsets: offsets([0, 3]) })).toThrow(
      /colors \[3,3\]/,
    );
  });
});
