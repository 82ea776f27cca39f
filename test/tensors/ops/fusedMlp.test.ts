/** The fused networks against a chain of products on the plain backend, all modules, and against finite differences. */

import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelVariant, kernelVariants } from '../../../src/kernels/kernelVariants.ts';
import type { Activation } from '../../../src/tensors/ops/activations.ts';
import { type FusedMlpSettings, fusedMlp } from '../../../src/tensors/ops/fusedMlp.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { differencesOf, evaluateOp, noise, type Op, type OpInput, onSimd } from '../../support/evaluateOp.ts';

beforeAll(selectCpuBackend);

/** @param widths inputs, then the outputs of each layer; weights of a scale that keeps values near 1 */
function inputsOf(samples: number, widths: readonly number[]): OpInput[] {
  const weights = widths.slice(1).map((outputs, layer) => {
    const bound = Math.sqrt(6 / (widths[layer]! + outputs));
    return {
      data: noise(widths[layer]! * outputs, -bound, bound, layer + 2),
      shape: [widths[layer]!, outputs],
    };
  });
  return [{ data: noise(samples * widths[0]!, -1, 1), shape: [samples, widths[0]!] }, ...weights];
}
const network =
  (settings: FusedMlpSettings): Op =>
  (x, ...weights) => [fusedMlp(x as tf.Tensor2D, weights as tf.Tensor2D[], settings)];

async function expectAgreement(
  samples: number,
  widths: readonly number[],
  settings: FusedMlpSettings,
  variant: KernelVariant = 'relaxed',
) {
  const inputs = inputsOf(samples, widths);
  const expected = evaluateOp(network(settings), inputs);
  const { values, gradients } = await onSimd({ variant }, () => evaluateOp(network(settings), inputs));
  expect(values[0]).toBeAllClose(expected.values[0]!, { rtol: 1e-4, atol: 1e-5 });
  expect(gradients.length).toBe(widths.length);
  const largest = Math.sqrt(samples);
  gradients.forEach((gradient, index) => {
    expect(gradient).toBeAllClose(expected.gradients[index]!, { rtol: 2e-4, atol: 2e-5 * largest });
  });
}

describe('fusedMlp', () => {
  it.each([
    [[32, 64, 64, 16], 200, 'relaxed'],
    [[32, 64, 64, 16], 64, 'base'],
    [[32, 64, 64, 16], 200, 'wide'],
    [[3, 16, 1], 1, 'relaxed'],
    [[27, 33, 18, 5], 67, 'relaxed'],
    [[27, 33, 18, 5], 67, 'base'],
    [[27, 33, 18, 5], 67, 'wide'],
    [[6, 4], 130, 'relaxed'],
    [[63, 256, 256, 3], 70, 'relaxed'],
    [[63, 256, 256, 3], 70, 'wide'],
    [[16, 16, 16, 16, 16, 16, 16, 16, 7], 129, 'relaxed'],
  ] as const)('%j, %i samples, %s module: as a chain of products', async (widths, samples, variant) => {
    await expectAgreement(samples, widths, {}, variant);
  });

  it.each<[Activation, Activation]>([
    ['none', 'relu'],
    ['leakyRelu', 'sigmoid'],
    ['sigmoid', 'tanh'],
    ['tanh', 'softplus'],
    ['softplus', 'exp'],
    ['relu', 'truncExp'],
    ['exp', 'leakyRelu'],
    ['truncExp', 'none'],
  ])('%s between layers, %s at the end', async (activation, outputActivation) => {
    for (const variant of kernelVariants)
      await expectAgreement(45, [5, 20, 18, 3], { activation, outputActivation, leakySlope: 0.2 }, variant);
  });

  it('limits the gradient of truncExp, keeps far ends of the other activations', async () => {
    const x: OpInput = { data: [-40, -20, -15.5, -1e-3, 0, 1e-4, 14, 16, 20], shape: [9, 1] };
    const one: OpInput = { data: [1], shape: [1, 1], constant: true };
    for (const outputActivation of ['truncExp', 'softplus', 'tanh', 'sigmoid', 'exp'] as const) {
      const expected = evaluateOp(network({ outputActivation }), [x, one]);
      const actual = await onSimd({}, () => evaluateOp(network({ outputActivation }), [x, one]));
      expect(actual.values[0]).toBeAllClose(expected.values[0]!, { rtol: 2e-6, atol: 1e-9 });
      expect(actual.gradients[0]).toBeAllClose(expected.gradients[0]!, { rtol: 1e-5, atol: 2e-7 });
    }
  });

  it('has the gradients of finite differences', async () => {
    const inputs = inputsOf(5, [4, 16, 16, 2]);
    await onSimd({}, () => {
      const op = network({ activation: 'tanh', outputActivation: 'softplus' });
      const { gradients } = evaluateOp(op, inputs);
      gradients.forEach((gradient, index) => {
        for (const { element, slope } of differencesOf(op, inputs, index, 1e-2))
          expect(Math.abs(slope - gradient[element]!)).toBeLessThan(1e-2 * Math.abs(slope) + 1e-3);
      });
    });
  });

  it('computes hidden values again with the same bits where they are too large to keep', async () => {
    const inputs = inputsOf(300, [20, 32, 32, 4]);
    const kept = await onSimd({}, () => evaluateOp(network({}), inputs));
    const again = await onSimd({}, () => evaluateOp(network({ maxKeptBytes: 0 }), inputs));
    expect(again).toEqual(kept);
  });

  it('passes NaN on, takes no samples, and says what does not fit', async () => {
    await onSimd({}, () => {
      const bad = fusedMlp(tf.tensor2d([[1, Number.NaN]]), [tf.ones([2, 3])], {
        outputActivation: 'sigmoid',
      });
      expect([...bad.dataSync()]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      const { values, gradients } = evaluateOp(network({}), inputsOf(0, [4, 8, 2]));
      expect(values[0]!.length).toBe(0);
      expect(gradients.slice(1).every((gradient) => gradient.every((value) => value === 0))).toBe(true);
      const x = tf.zeros([2, 4]) as tf.Tensor2D;
      expect(() => fusedMlp(x, [])).toThrow(/at least one layer/);
      expect(() => fusedMlp(x, [tf.zeros([4, 8]), tf.zeros([7, 2])])).toThrow(/weights\[1\] must be \[8/);
      expect(() => fusedMlp(x, [tf.zeros([4, 8])], { activation: 'gelu' as Activation })).toThrow(/gelu/);
      expect(() => fusedMlp(x, [tf.zeros([4, 8])], { leakySlope: -1 })).toThrow(/leakySlope/);
    });
  });

  it('leaves no tensors and no memory behind, with a tape and without', async () => {
    const inputs = inputsOf(100, [8, 16, 2]);
    await onSimd({}, () => {
      const memory = () => tf.memory() as tf.MemoryInfo & { numBytesInKernels: number };
      evaluateOp(network({}), inputs);
      const { numTensors, numBytesInKernels } = memory();
      for (let k = 0; k < 3; k++) {
        evaluateOp(network({}), inputs);
        const [x, w] = [tf.ones([9, 8]) as tf.Tensor2D, tf.ones([8, 3]) as tf.Tensor2D];
        tf.dispose([fusedMlp(x, [w]), x, w]);
      }
      expect([memory().numTensors, memory().numBytesInKernels]).toEqual([numTensors, numBytesInKernels]);
    });
  });
});
