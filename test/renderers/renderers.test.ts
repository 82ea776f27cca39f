import { beforeAll, describe, expect, it } from 'vitest';
import { renderExpectedDepth, renderMedianDepth } from '../../src/renderers/renderDepth.ts';
import { renderRgb } from '../../src/renderers/renderRgb.ts';
import { renderAccumulation, renderWeights } from '../../src/renderers/renderWeights.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { finiteDifferences } from '../support/finiteDifferences.ts';

beforeAll(selectCpuBackend);

/** One ray of samples of length 1 from 0 on. */
const samples = (values: number[]) => tf.tensor3d(values, [1, values.length, 1]);
let starts: tf.Tensor3D;
let ends: tf.Tensor3D;
beforeAll(() => {
  starts = samples([0, 1, 2]);
  ends = samples([1, 2, 3]);
});
/** Absorbs this share of what arrives. */
const absorbing = (shares: number[]) => samples(shares.map((share) => -Math.log(1 - share)));

describe('renderWeights', () => {
  it('is absorption times transmittance', () => {
    // 0.3 of all, then 0.8 of the 0.7 that is left, then half of 0.14.
    const weights = renderWeights(absorbing([0.3, 0.8, 0.5]), starts, ends);
    expect(weights.dataSync()).toBeAllClose([0.3, 0.56, 0.07]);
    expect(renderAccumulation(weights).dataSync()).toBeAllClose([0.93]);
  });

  it('has the gradient of finite differences', () => {
    const compute = (densities: tf.Tensor) =>
      tf.sum(tf.mul(renderWeights(densities as tf.Tensor3D, starts, ends), samples([1, -2, 3])));
    const densities = samples([0.4, 1.1, 0.2]);
    const expected = finiteDifferences(compute, densities);
    expect(tf.grad(compute)(densities).dataSync()).toBeAllClose(expected, { rtol: 1e-2, atol: 1e-3 });
  });
});

describe('renderRgb', () => {
  it.each([
    ['black', [0.2, 0.3, 0]],
    ['white', [0.7, 0.8, 0.5]],
    ['lastSample', [0.45, 0.55, 0.125]],
  ] as const)('puts what is left over %s', (background, expected) => {
    const colors = tf.tensor3d([1, 0, 0, 0, 1, 0, 0.5, 0.5, 0.25], [1, 3, 3]);
    expect(renderRgb(samples([0.2, 0.3, 0]), colors, background).dataSync()).toBeAllClose(expected);
  });
});

describe('depth', () => {
  it('is the mean of the centres, or where one half is reached', () => {
    const weights = samples([0.2, 0.4, 0.3]);
    const mean = (0.2 * 0.5 + 0.4 * 1.5 + 0.3 * 2.5) / 0.9;
    expect(renderExpectedDepth(weights, starts, ends).dataSync()).toBeAllClose([mean]);
    expect(renderMedianDepth(weights, starts, ends).dataSync()).toBeAllClose([1.5]);
  });

  it('is the nearest (mean) or farthest (median) centre for a ray that nothing absorbs', () => {
    const nothing = samples([0, 0, 0]);
    expect(renderExpectedDepth(nothing, starts, ends).dataSync()).toBeAllClose([0.5]);
    expect(renderMedianDepth(nothing, starts, ends).dataSync()).toBeAllClose([2.5]);
  });
});
