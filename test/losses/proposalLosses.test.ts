import { beforeAll, describe, expect, it } from 'vitest';
import { distortionLoss } from '../../src/losses/distortionLoss.ts';
import { interlevelLoss } from '../../src/losses/interlevelLoss.ts';
import { meanSquaredError } from '../../src/losses/meanSquaredError.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { finiteDifferences } from '../support/finiteDifferences.ts';

beforeAll(selectCpuBackend);

const histogram = (weights: number[], bins: number[]) => ({
  weights: tf.tensor3d(weights, [1, weights.length, 1]),
  bins: tf.tensor2d([bins]),
});
const numberOf = (tensor: tf.Tensor) => tensor.dataSync()[0] as number;

describe('interlevelLoss', () => {
  it('is 0 where the proposal encloses the weights', () => {
    const final = histogram([0.2, 0.5], [0, 0.5, 1]);
    expect(numberOf(interlevelLoss([histogram([0.2, 0.5], [0, 0.5, 1])], final))).toBe(0);
    expect(numberOf(interlevelLoss([histogram([0.9], [0, 1])], final))).toBe(0);
  });

  it('is the relative square of what lies outside', () => {
    // Both final bins touch the only bin of the proposal: bound 0.3 for each; 0.5 exceeds it by 0.2.
    const final = histogram([0.2, 0.5], [0, 0.5, 1]);
    const loss = numberOf(interlevelLoss([histogram([0.3], [0, 1])], final));
    expect(loss).toBeCloseTo(0.2 ** 2 / 0.5 / 2, 5);
  });

  it('sends its gradient to the proposals, by finite differences', () => {
    const final = histogram([0.2, 0.5, 0.1], [0.1, 0.4, 0.6, 0.9]);
    const proposal = histogram([0.1, 0.05, 0.05, 0.02], [0, 0.25, 0.5, 0.75, 1]);
    const compute = (weights: tf.Tensor) =>
      interlevelLoss([{ ...proposal, weights: weights as tf.Tensor3D }], final);
    const expected = finiteDifferences(compute, proposal.weights, 2e-3);
    expect(tf.grad(compute)(proposal.weights).dataSync()).toBeAllClose(expected, { rtol: 1e-2, atol: 1e-3 });
  });
});

describe('distortionLoss', () => {
  it('is a third of the squared weight times the width for a single bin, and the distance between two thin ones', () => {
    expect(numberOf(distortionLoss(histogram([0, 0.6, 0], [0, 0.2, 0.7, 1])))).toBeCloseTo(
      (0.36 * 0.5) / 3,
      6,
    );
    const thin = histogram([0.5, 0, 0.5], [0, 1e-6, 0.8, 0.8 + 1e-6]);
    expect(numberOf(distortionLoss(thin))).toBeCloseTo(2 * 0.25 * 0.8, 4);
  });

  it('has the gradient of finite differences', () => {
    const ray = histogram([0.2, 0.5, 0.1], [0.1, 0.4, 0.6, 0.9]);
    const compute = (weights: tf.Tensor) => distortionLoss({ ...ray, weights: weights as tf.Tensor3D });
    const expected = finiteDifferences(compute, ray.weights, 1e-2);
    expect(tf.grad(compute)(ray.weights).dataSync()).toBeAllClose(expected, { rtol: 1e-2, atol: 1e-3 });
  });
});

describe('meanSquaredError', () => {
  it('is the mean of squared differences', () => {
    expect(numberOf(meanSquaredError(tf.tensor1d([1, 2]), tf.tensor1d([0, 4])))).toBe(2.5);
  });
});
