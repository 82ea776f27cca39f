/** Transforms before and after the optimizer: hand-computed values, and the kernels held to the reference form. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { addDecayedWeights } from '../../src/optimizers/addDecayedWeights.ts';
import { addNoise } from '../../src/optimizers/addNoise.ts';
import { chain } from '../../src/optimizers/chain.ts';
import { clipByGlobalNorm, clipByParameterNorm, clipByValue } from '../../src/optimizers/clipTransforms.ts';
import { createGroupTransform } from '../../src/optimizers/createGroupTransform.ts';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { ema } from '../../src/optimizers/ema.ts';
import { lookahead } from '../../src/optimizers/lookahead.ts';
import { optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import { sgd } from '../../src/optimizers/sgd.ts';
import { disposeState, type Transform } from '../../src/optimizers/transform.ts';
import { transformSchema } from '../../src/optimizers/transformSchema.ts';
import { withAverages } from '../../src/optimizers/withAverages.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { engineOn, engineWith, onTensors } from '../support/cpuBackend.ts';
import { randomVector } from '../support/randomVector.ts';

const plainSgd = () => sgd({ momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 });
const adamSettings = { betas: [0.9, 0.99], eps: 1e-8, weightDecay: 0, amsgrad: false } as const;
const plainAdam = () => adam({ ...adamSettings, betas: [...adamSettings.betas] });

let kernels: KernelPool;
beforeAll(async () => {
  await selectCpuBackend();
  kernels = await createKernelPool({ threads: 2 });
});
afterAll(() => kernels.dispose());

describe('on the kernels as on tensors', () => {
  const transforms: Record<string, () => Transform> = {
    clipByGlobalNorm: () => chain(clipByGlobalNorm({ maxNorm: 0.5 }), plainSgd()),
    clipByParameterNorm: () => chain(clipByParameterNorm({ maxNorm: 0.5 }), plainSgd()),
    clipByValue: () => chain(clipByValue({ limit: 0.25 }), plainSgd()),
    addDecayedWeights: () =>
      chain(addDecayedWeights({ weightDecay: 0.3, mask: (name) => name === 'a' }), plainSgd()),
    addNoise: () => chain(addNoise({ eta: 0.1, gamma: 0.55, seed: 3 }), plainSgd()),
    lookahead: () => chain(plainAdam(), lookahead({ every: 3, alpha: 0.5 })),
    ema: () => chain(plainAdam(), ema({ decay: 0.9 })),
    'ema, every second step': () => chain(plainAdam(), ema({ decay: 0.9, every: 2, rampUp: true })),
    'all of them': () =>
      chain(
        clipByValue({ limit: 0.9 }),
        addNoise({ eta: 0.01, gamma: 0.55, seed: 3 }),
        addDecayedWeights({ weightDecay: 0.1 }),
        clipByGlobalNorm({ maxNorm: 2 }),
        plainAdam(),
        lookahead({ every: 2, alpha: 0.5 }),
        ema({ decay: 0.9 }),
      ),
  };
  it.each(Object.keys(transforms))('%s', (name) => {
    const make = transforms[name] as () => Transform;
    const reference = train(make, 8);
    const fused = train(make, 8, kernels);
    expect(fused.parameters).toBeAllClose(reference.parameters, { rtol: 2e-6, atol: 5e-7 });
    for (const [slot, { data }] of Object.entries(reference.state))
      expect(fused.state[slot]?.data, slot).toBeAllClose(data, { rtol: 2e-6, atol: 5e-7 });
  });

  it.each(Object.keys(transforms))('%s frees what it makes', (name) => {
    const before = tf.memory().numTensors;
    train(transforms[name] as () => Transform, 7);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the reference form', () => {
  it('donates: the caller owns the updates and the state that it gets, nothing else', () => {
    const transform = chain(
      clipByGlobalNorm({ maxNorm: 1 }),
      plainAdam(),
      lookahead({ every: 2, alpha: 0.5 }),
    );
    const parameters = { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3]) };
    const before = tf.memory().numTensors;
    let state = transform.init(parameters);
    for (let step = 0; step < 4; step++) {
      const gradients = { a: tf.tensor1d([1, 1]), b: tf.tensor1d([step]) };
      const result = transform.update(gradients, state, parameters, 0.1);
      expect([gradients.a.isDisposed, gradients.b.isDisposed]).toEqual([true, true]);
      expect(Object.keys(result.updates)).toEqual(['a', 'b']);
      tf.dispose(result.updates as Record<string, tf.Tensor>);
      state = result.state;
    }
    disposeState(state);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(parameters);
  });

  it('leaves a parameter without a gradient, and its memory, alone', () => {
    const transform = plainAdam();
    const parameters = { a: tf.tensor1d([1]), b: tf.tensor1d([1]) };
    const state = transform.init(parameters);
    const result = transform.update({ a: tf.tensor1d([1]) }, state, parameters, 0.1);
    expect(Object.keys(result.updates)).toEqual(['a']);
    expect(result.state['b']).toBe(state['b']);
    expect(result.state['a']?.scalars).toEqual({ count: 1 });
    tf.dispose(result.updates as Record<string, tf.Tensor>);
    disposeState(result.state);
    tf.dispose(parameters);
  });
});

describe('values by hand', () => {
  it('clipByGlobalNorm takes all gradients as one vector, clipByParameterNorm each on its own', () => {
    const gradients = { a: [3, 0], b: [4] };
    expect(updatesOf(clipByGlobalNorm({ maxNorm: 1 }), gradients)).toBeAllClose([0.6, 0, 0.8]);
    expect(updatesOf(clipByParameterNorm({ maxNorm: 1 }), gradients)).toBeAllClose([1, 0, 1]);
    expect(updatesOf(clipByGlobalNorm({ maxNorm: 6 }), gradients)).toEqual([3, 0, 4]);
  });

  it('addDecayedWeights adds the penalty where the mask says so', () => {
    const decay = addDecayedWeights({ weightDecay: 0.5, mask: (name) => name === 'b' });
    expect(updatesOf(decay, { a: [1, 1], b: [1] }, { a: [2, 2], b: [2] })).toEqual([1, 1, 2]);
  });

  it('addNoise has the variance of its step, and is the same each time', () => {
    const zeros = { a: new Array<number>(20_000).fill(0) };
    const noise = updatesOf(addNoise({ eta: 4, gamma: 0.55, seed: 1 }), zeros);
    const variance = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
    expect(variance).toBeCloseTo(4, 0);
    expect(Math.abs(noise.reduce((sum, value) => sum + value, 0) / noise.length)).toBeLessThan(0.05);
    expect(updatesOf(addNoise({ eta: 4, gamma: 0.55, seed: 1 }), zeros)).toEqual(noise);
    expect(updatesOf(addNoise({ eta: 4, gamma: 0.55, seed: 2 }), zeros)).not.toEqual(noise);
  });

  it('lookahead goes half way back every second step', () => {
    const { parameters } = train(
      () => chain(plainSgd(), lookahead({ every: 2, alpha: 0.5 })),
      4,
      undefined,
      1,
    );
    // Each step moves by -1: fast 0 -1 -2 | slow -1; -2 -3 | slow -2.
    expect([...parameters]).toEqual([-2, -2]);
  });

  it('ema follows the moved parameters', () => {
    const { state } = train(() => chain(plainSgd(), ema({ decay: 0.75 })), 2, undefined, 1);
    // 0, then 0.25 of -1, then 0.75 of that and 0.25 of -2.
    expect(state['group/a/average']?.data).toBeAllClose([-0.6875]);
  });

  it('ema sees every second step only, and forgets the beginning soon when it ramps up', () => {
    const { state } = train(
      () => chain(plainSgd(), ema({ decay: 0.9, every: 2, rampUp: true })),
      5,
      undefined,
      1,
    );
    // After steps 2 and 4 (parameters -2, -4): 2/11 of 0 and 9/11 of -2, then 3/12 of that and 9/12 of -4.
    expect(state['group/a/average']?.data).toBeAllClose([0.25 * ((9 / 11) * -2) + 0.75 * -4]);
  });

  it.each([
    // (1 + k) / (3 + k) of the average is kept: 2/4 of 0 and 2/4 of -1, then 3/5 of that and 2/5 of -2, then 4/6 and 2/6 of -3.
    [0.9, (4 / 6) * ((3 / 5) * -0.5 + (2 / 5) * -2) + (2 / 6) * -3],
    // Never more than the decay.
    [0.5, 0.5 * (0.5 * -0.5 + 0.5 * -2) + 0.5 * -3],
  ])('ema ramps up to decay %d as slowly as it is told', (decay, average) => {
    const { state } = train(() => chain(plainSgd(), ema({ decay, rampUp: 3 })), 3, undefined, 1);
    expect(state['group/a/average']?.data).toBeAllClose([average]);
  });
});

describe('createGroupTransform', () => {
  it('puts what watches parameters behind the optimizer, whatever the order in the config', () => {
    const transforms = [
      { kind: 'ema', decay: 0.75 },
      { kind: 'clipByValue', limit: 0.5 },
      { kind: 'addDecayedWeights', weightDecay: 1, parameters: ['b'] },
    ].map((settings) => transformSchema.parse(settings));
    const { optimizer } = { optimizer: optimizerSchema.parse({ kind: 'sgd' }) };
    const { parameters, state } = train(() => createGroupTransform(optimizer, transforms), 2, undefined, 3);
    // Both step by the clipped 0.5; then a again, and b by 0.5 - 0.5.
    expect(parameters).toEqual([-1, -0.5]);
    expect(state['group/a/average']?.data).toBeAllClose([0.75 * -0.125 - 0.25]);
  });

  it('is what createOptimizers makes of a group, on the kernels and on tensors', () => {
    for (const engine of [onTensors, engineOn(kernels)]) {
      const variable = tf.variable(tf.tensor1d([0]));
      const config = {
        group: {
          optimizer: optimizerSchema.parse({ kind: 'sgd' }),
          transforms: [transformSchema.parse({ kind: 'clipByGlobalNorm', maxNorm: 2 })],
        },
      };
      const optimizers = createOptimizers({ group: [{ name: 'a', variable }] }, config, engine);
      const gradient = tf.tensor1d([8]);
      optimizers.apply('group', { a: gradient }, 1);
      expect(variable.dataSync()).toBeAllClose([-2]);
      optimizers.dispose();
      tf.dispose([variable, gradient]);
    }
  });
});

describe('chain', () => {
  it('refuses two transforms that remember the same name', () => {
    expect(() => chain(plainAdam(), plainAdam())).toThrow(ConfigError);
  });
});

describe('withAverages', () => {
  it.each(['tensors', 'kernels'])('%s: evaluates the average and brings the parameters back', (where) => {
    const variable = tf.variable(tf.tensor1d([0]));
    const groups = { group: [{ name: 'a', variable }] };
    const optimizer = optimizerSchema.parse({ kind: 'sgd' });
    const transforms = [transformSchema.parse({ kind: 'ema', decay: 0.5 })];
    const engine = engineOn(where === 'kernels' ? kernels : undefined);
    const optimizers = createOptimizers(groups, { group: { optimizer, transforms } }, engine);
    const gradient = tf.tensor1d([1]);
    optimizers.apply('group', { a: gradient }, 1);
    expect(withAverages(engine, groups, optimizers.state(), () => variable.dataSync()[0])).toBe(-0.5);
    expect(variable.dataSync()[0]).toBe(-1);
    expect(() =>
      withAverages(engine, groups, optimizers.state(), () => {
        throw new Error('evaluation failed');
      }),
    ).toThrow('evaluation failed');
    expect(variable.dataSync()[0]).toBe(-1);
    optimizers.dispose();
    tf.dispose([variable, gradient]);
  });
});

/** What a transform makes of these gradients in its first step, all parameters in one row. */
function updatesOf(
  transform: Transform,
  gradients: Record<string, number[]>,
  parameters: Record<string, number[]> = gradients,
): number[] {
  return tf.tidy(() => {
    const tensors = (values: Record<string, number[]>) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tf.tensor1d(value)]));
    const held = tensors(parameters);
    const { updates } = transform.update(tensors(gradients), transform.init(held), held, 1);
    return Object.values(updates).flatMap((tensor) => Array.from(tensor.dataSync()));
  });
}

/** Trains a and b, of one element each or many, on random gradients or on `gradient` everywhere. */
function train(
  make: () => Transform,
  steps: number,
  pool?: KernelPool,
  gradient?: number,
): { parameters: number[]; state: NamedArrays } {
  const length = gradient === undefined ? 16_384 + 3 : 1;
  const names = ['a', 'b'];
  const groups = {
    group: names.map((name, index) => {
      const start = tf.tensor1d(gradient === undefined ? randomVector(length, index) : [0]);
      const variable = tf.variable(start);
      start.dispose();
      return { name, variable };
    }),
  };
  const config = { group: { optimizer: optimizerSchema.parse({ kind: 'sgd' }) } };
  const optimizers = createOptimizers(groups, config, engineWith(make, pool));
  for (let step = 1; step <= steps; step++) {
    const gradients = Object.fromEntries(
      names.map((name, index) => {
        const values = gradient === undefined ? randomVector(length, 10 * step + index) : [gradient];
        return [name, tf.tensor1d(values)];
      }),
    );
    optimizers.apply('group', gradients, gradient === undefined ? 0.01 : 1);
    tf.dispose(gradients);
  }
  const parameters = groups.group.flatMap(({ variable }) => Array.from(variable.dataSync()));
  const state = Object.fromEntries(
    Object.entries(optimizers.state()).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]),
  );
  optimizers.dispose();
  tf.dispose(groups.group.map(({ variable }) => variable));
  return { parameters, state };
}
