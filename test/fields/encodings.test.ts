import { beforeAll, describe, expect, it } from 'vitest';
import { frequencyEncoding } from '../../src/fields/frequencyEncoding.ts';
import { sceneContraction } from '../../src/fields/sceneContraction.ts';
import { sphericalHarmonics } from '../../src/fields/sphericalHarmonics.ts';
import { truncExp } from '../../src/fields/truncExp.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { finiteDifferences } from '../support/finiteDifferences.ts';
import { randomVector } from '../support/randomVector.ts';

beforeAll(selectCpuBackend);

const points = (count: number, seed: number, scale = 1) =>
  tf.tensor2d(
    randomVector(3 * count, seed).map((value) => value * scale),
    [count, 3],
  );

/** A weighted sum of all outputs, so that one gradient sees every one of them. */
function project(output: tf.Tensor, seed = 99): tf.Scalar {
  return tf.sum(tf.mul(output, tf.tensor(randomVector(output.size, seed), output.shape)));
}

function expectGradient(compute: (input: tf.Tensor) => tf.Tensor, input: tf.Tensor): void {
  const gradient = tf.grad((x) => project(compute(x)))(input);
  const expected = finiteDifferences((x) => project(compute(x)), input, 2e-3);
  expect(gradient.dataSync()).toBeAllClose(expected, { rtol: 1e-2, atol: 5e-3 });
}

describe('sphericalHarmonics', () => {
  it('is orthonormal over the sphere', () => {
    // Gauss's rule in z would be exact; an even grid of 64 x 128 directions is good to 1e-2.
    const directions: number[][] = [];
    const areas: number[] = [];
    for (let i = 0; i < 64; i++)
      for (let j = 0; j < 128; j++) {
        const z = -1 + (2 * (i + 0.5)) / 64;
        const [radius, angle] = [Math.sqrt(1 - z * z), (2 * Math.PI * (j + 0.5)) / 128];
        directions.push([radius * Math.cos(angle), radius * Math.sin(angle), z]);
        areas.push((4 * Math.PI) / (64 * 128));
      }
    const basis = sphericalHarmonics(tf.tensor2d(directions), 5);
    const products = tf.matMul(tf.mul(basis, tf.tensor2d(areas, [areas.length, 1])), basis, true);
    expect(products.dataSync()).toBeAllClose(tf.eye(25).dataSync(), { atol: 1e-2 });
  });

  it('has a gradient', () => {
    expectGradient((x) => sphericalHarmonics(x as tf.Tensor2D, 4), points(3, 1));
  });

  it('refuses levels that it does not know', () => {
    for (const levels of [0, 6, 1.5])
      expect(() => sphericalHarmonics(points(1, 1), levels)).toThrow(RangeError);
  });
});

describe('frequencyEncoding', () => {
  it('is periodic in 1 / 2^minExponent, and ends with its input', () => {
    const settings = { numFrequencies: 3, minExponent: 0, maxExponent: 2, includeInput: true };
    const [a, b] = [0.125, 1.125].map((x) => frequencyEncoding(tf.tensor2d([[x]]), settings).dataSync());
    const s = Math.SQRT1_2;
    expect(a).toBeAllClose([s, 1, 0, s, 0, -1, 0.125]);
    expect(b?.slice(0, 6)).toBeAllClose(a?.slice(0, 6) ?? [], { atol: 2e-6 });
  });

  it('has a gradient', () => {
    const settings = { numFrequencies: 2, minExponent: 0, maxExponent: 1, includeInput: true };
    expectGradient((x) => frequencyEncoding(x as tf.Tensor2D, settings), points(2, 2));
  });
});

describe('sceneContraction', () => {
  it.each(['Linf', 'L2'] as const)('%s: keeps the inside, maps infinity to 2', (norm) => {
    const contracted = sceneContraction(
      tf.tensor2d([
        [0.5, 0, -0.3],
        [0, 1e9, 0],
        [0, 0, -4],
      ]),
      norm,
    );
    expect(contracted.dataSync()).toBeAllClose([0.5, 0, -0.3, 0, 2, 0, 0, 0, -1.75]);
  });

  it.each(['Linf', 'L2'] as const)('%s: has a gradient, also at the origin', (norm) => {
    expectGradient(
      (x) => sceneContraction(x as tf.Tensor2D, norm),
      tf.tensor2d([
        [0, 0, 0],
        [0.2, 0.1, -0.4],
        [2, -1, 0.3],
        [-3, 5, 9],
      ]),
    );
  });
});

describe('truncExp', () => {
  it('is exp, with a gradient that stops growing at 15', () => {
    const x = tf.tensor1d([-20, 0, 2, 20]);
    expect(truncExp(x).dataSync()).toBeAllClose([-20, 0, 2, 20].map(Math.exp));
    const gradient = tf.grad((input) => tf.sum(tf.mul(truncExp(input), 3)))(x);
    expect(gradient.dataSync()).toBeAllClose([-15, 0, 2, 15].map((value) => 3 * Math.exp(value)));
  });
});
