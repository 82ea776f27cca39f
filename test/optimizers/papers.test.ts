/** Lion and Adan, which torch does not have, against their papers' algorithms in float64, one number at a time. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { type OptimizerConfig, optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { onTensors } from '../support/cpuBackend.ts';
import { randomVector } from '../support/randomVector.ts';

beforeAll(selectCpuBackend);

const steps = 20;
const start = Array.from(randomVector(6, 1));
const gradients = Array.from({ length: steps }, (_, step) => Array.from(randomVector(6, 2 + step)));

describe('Lion (Chen et al. 2023, algorithm 2)', () => {
  it('by hand: two steps of one parameter', () => {
    const optimizer = optimizerSchema.parse({
      kind: 'lion',
      learningRate: 0.1,
      betas: [0.5, 0.75],
      weightDecay: 0.2,
    });
    // 1: c = 0.5 * 4 = 2 > 0: p = 1 - 0.1 * (1 + 0.2) = 0.88; m = 0.25 * 4 = 1.
    // 2: c = 0.5 * 1 - 0.5 * 2 = -0.5 < 0: p = 0.88 - 0.1 * (-1 + 0.176) = 0.9624; m = 0.75 - 0.5 = 0.25.
    const { parameters, slot } = run(optimizer, [1], [[4], [-2]]);
    expect(parameters).toBeAllClose([0.9624]);
    expect(slot('firstMoment')).toBeAllClose([0.25]);
  });

  it('over many steps', () => {
    const [beta1, beta2, rate, decay] = [0.9, 0.99, 0.01, 0.3];
    const expected = start.map((first, index) => {
      let p = first;
      let m = 0;
      for (const gradient of gradients) {
        const g = gradient[index] as number;
        p -= rate * (Math.sign(beta1 * m + (1 - beta1) * g) + decay * p);
        m = beta2 * m + (1 - beta2) * g;
      }
      return p;
    });
    const optimizer = optimizerSchema.parse({ kind: 'lion', learningRate: rate, weightDecay: decay });
    expect(run(optimizer, start, gradients).parameters).toBeAllClose(expected);
  });
});

describe("Adan (Xie et al. 2022, algorithm 1, with the bias correction of the authors' code)", () => {
  it('over many steps', () => {
    // The paper's betas are 1 minus those of the settings.
    const [beta1, beta2, beta3, rate, decay, eps] = [0.02, 0.08, 0.01, 0.01, 0.3, 1e-8];
    const expected = start.map((first, index) => {
      let p = first;
      let [m, v, n] = [0, 0, 0];
      let previous = gradients[0]?.[index] as number;
      gradients.forEach((gradient, step) => {
        const t = step + 1;
        const g = gradient[index] as number;
        const difference = g - previous;
        m = (1 - beta1) * m + beta1 * g;
        v = (1 - beta2) * v + beta2 * difference;
        n = (1 - beta3) * n + beta3 * (g + (1 - beta2) * difference) ** 2;
        const eta = rate / (Math.sqrt(n / (1 - (1 - beta3) ** t)) + eps);
        const direction = m / (1 - (1 - beta1) ** t) + ((1 - beta2) * v) / (1 - (1 - beta2) ** t);
        p = (p - eta * direction) / (1 + rate * decay);
        previous = g;
      });
      return p;
    });
    const optimizer = optimizerSchema.parse({ kind: 'adan', learningRate: rate, weightDecay: decay });
    expect(run(optimizer, start, gradients).parameters).toBeAllClose(expected);
  });

  it('moves by the rate, against the gradient, in its first step', () => {
    const optimizer = optimizerSchema.parse({ kind: 'adan', learningRate: 0.5 });
    expect(run(optimizer, [1, 1], [[3, -0.01]]).parameters).toBeAllClose([0.5, 1.5]);
  });
});

function run(optimizer: OptimizerConfig, first: readonly number[], given: readonly (readonly number[])[]) {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([...first])));
  const optimizers = createOptimizers(
    { group: [{ name: 'x', variable }] },
    { group: { optimizer } },
    onTensors,
  );
  for (const gradient of given) {
    const tensor = tf.tensor1d([...gradient]);
    optimizers.apply('group', { x: tensor }, optimizer.learningRate);
    tensor.dispose();
  }
  const state = optimizers.state();
  const slots = Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, Array.from(data)]));
  const parameters = Array.from(variable.dataSync());
  optimizers.dispose();
  variable.dispose();
  return { parameters, slot: (name: string) => slots[`group/x/${name}`] };
}
