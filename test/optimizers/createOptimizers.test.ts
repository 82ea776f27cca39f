import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, StepError } from '../../src/errors.ts';
import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { type OptimizerConfig, optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import type { Optimizers } from '../../src/optimizers/optimizers.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import { sharedTensor } from '../../src/tensors/sharedTensor.ts';
import * as tf from '../../src/tensors/tf.ts';
import { engineOn, onTensors } from '../support/cpuBackend.ts';
import { optimizerKinds } from '../support/optimizerKinds.ts';
import { randomVector } from '../support/randomVector.ts';

/** Two whole work units and a tail that is no multiple of four. */
const manyElements = 2 * 16_384 + 7;

let one: KernelPool;
let two: KernelPool;
let base: KernelPool;
beforeAll(async () => {
  await selectCpuBackend();
  one = await createKernelPool({ threads: 1 });
  two = await createKernelPool({ threads: 2 });
  base = await createKernelPool({ threads: 2, variant: 'base' });
});
afterAll(() => {
  for (const pool of [one, two, base]) pool.dispose();
});

describe('every optimizer', () => {
  it.each(optimizerKinds())('%s: the kernel follows the reference form', (_, optimizer) => {
    for (const length of [1, 3, manyElements]) {
      const reference = train(optimizer, length, 6);
      const fused = train(optimizer, length, 6, two);
      expect(fused.parameters).toBeAllClose(reference.parameters, { rtol: 2e-6, atol: 5e-7 });
      for (const [name, expected] of Object.entries(reference.state))
        expect(fused.state[name], name).toBeAllClose(expected, { rtol: 2e-6, atol: 5e-7 });
    }
  });

  it.each(optimizerKinds())(
    '%s: equal bits on any number of threads, with and without relaxed SIMD',
    (_, optimizer) => {
      const expected = bitsOf(train(optimizer, manyElements, 3, one));
      expect(bitsOf(train(optimizer, manyElements, 3, two))).toBe(expected);
      expect(bitsOf(train(optimizer, manyElements, 3, base))).toBe(expected);
    },
  );

  it.each(optimizerKinds())(
    '%s: moments of a parameter without gradient end at 0 and are never subnormal; NaN stays',
    (_, optimizer) => {
      const variable = tf.variable(tf.tensor1d([1, -2, 3, 0.5, 0.25]));
      const optimizers = createOptimizers(groupsOf({ a: variable }), { group: { optimizer } }, engineOn(two));
      const step = (gradient: number[]) => {
        const tensor = tf.tensor1d(gradient);
        optimizers.apply('group', { a: tensor }, 0);
        tensor.dispose();
      };
      const numbers = () =>
        Object.values(optimizers.state()).flatMap(({ data }) =>
          data instanceof Float32Array ? Array.from(data) : [],
        );
      step([1e-7, -1e-7, 1e-9, 1e-5, Number.NaN]);
      for (let count = 1; count < 3000; count++) {
        step([0, 0, 0, 0, 0]);
        if (count % 100 === 0)
          for (const value of numbers())
            expect(Math.abs(value) > 0 && Math.abs(value) < 2 ** -126).toBe(false);
      }
      const slots = numbers().length / 5;
      expect(numbers().filter(Number.isNaN).length).toBeGreaterThanOrEqual(Math.min(slots, 1));
      optimizers.dispose();
      variable.dispose();
    },
  );

  it.each(optimizerKinds())('%s: makes as many tensors as it frees', (_, optimizer) => {
    for (const pool of [undefined, two]) {
      const before = tf.memory().numTensors;
      train(optimizer, 5, 2, pool);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it.each(optimizerKinds())('%s: goes on bit for bit from a saved state', (_, optimizer) => {
    for (const pool of [undefined, two])
      expect(train(optimizer, 9, 7, pool, 4)).toEqual(train(optimizer, 9, 7, pool));
  });
});

describe('memory', () => {
  it('moves parameters into shared memory and out again, under the same variable', () => {
    const variable = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizers = createOptimizers(groupsOf({ a: variable }), config(), engineOn(two));
    const gradient = tf.tensor1d([1, 1, 1]);
    optimizers.apply('group', { a: gradient }, 0.5);
    expect(two.addressOf(variable.dataSync())).toBeTypeOf('number');
    expect([...variable.dataSync()]).toEqual([0.5, 1.5, 2.5]);
    optimizers.dispose();
    expect(two.addressOf(variable.dataSync())).toBeUndefined();
    expect([...variable.dataSync()]).toEqual([0.5, 1.5, 2.5]);
    expect([...gradient.dataSync()]).toEqual([1, 1, 1]);
    tf.dispose([variable, gradient]);
  });

  it('updates a parameter that lies in shared memory where it is', () => {
    const value = sharedTensor(two, [5]);
    value.data.set([1, 2, 3, 4, 5]);
    const variable = tf.variable(value.tensor);
    const gradient = sharedTensor(two, [5]);
    gradient.data.fill(1);
    const optimizers = createOptimizers(groupsOf({ a: variable }), config(), engineOn(two));
    optimizers.apply('group', { a: gradient.tensor }, 0.5);
    expect([...value.data]).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    optimizers.dispose();
    variable.dispose();
    value.dispose();
    gradient.dispose();
  });

  it('leaves leased gradients alone', () => {
    const gradient = tf.tensor1d([1, 2]);
    const variable = tf.variable(tf.tensor1d([0, 0]));
    const optimizers = createOptimizers(groupsOf({ a: variable }), config({ kind: 'adan' }), onTensors);
    optimizers.apply('group', { a: gradient }, 0.1);
    expect(gradient.isDisposed).toBe(false);
    expect([...gradient.dataSync()]).toEqual([1, 2]);
    optimizers.dispose();
    tf.dispose([variable, gradient]);
  });
});

describe('parameters without a gradient', () => {
  it('stay, and so does their count of steps', () => {
    for (const engine of [onTensors, engineOn(two)]) {
      const a = tf.variable(tf.tensor1d([1]));
      const b = tf.variable(tf.tensor1d([1]));
      const optimizers = createOptimizers(groupsOf({ a, b }), config({ kind: 'adam' }), engine);
      const gradient = tf.tensor1d([3]);
      optimizers.apply('group', { a: gradient }, 0.25);
      const state = optimizers.state();
      expect([...a.dataSync(), ...b.dataSync()]).toEqual([0.75, 1]);
      expect(state['group/a/count']?.data[0]).toBe(1);
      expect(state['group/b/count']?.data[0]).toBe(0);
      optimizers.dispose();
      tf.dispose([a, b, gradient]);
    }
  });
});

describe('errors', () => {
  const variable = () => tf.variable(tf.tensor1d([1, 2]));

  it('names a group without optimizer', () => {
    const a = variable();
    expect(() => createOptimizers({ encoding: [{ name: 'a', variable: a }] }, {}, onTensors)).toThrow(
      'groups.encoding: this parameter group of the model has no optimizer; set groups.encoding.optimizer',
    );
    a.dispose();
  });

  it('suggests a name for the optimizer of a group that does not exist', () => {
    const optimizer = optimizerSchema.parse({ kind: 'sgd' });
    expect(() =>
      createOptimizers(
        { encoding: [], networks: [] },
        { network: { optimizer }, encoding: { optimizer } },
        onTensors,
      ),
    ).toThrow(/groups\.network: .*did you mean groups\.networks\?/);
  });

  it('finds a gradient that fits nothing before anything moves', () => {
    const a = variable();
    const optimizers = createOptimizers(groupsOf({ a }), config(), onTensors);
    const wrong = tf.tensor2d([[1, 2]]);
    expect(() => optimizers.check({ a: wrong }, 7)).toThrow(
      new StepError('step 7: the gradient of a has shape [1,2], the parameter [2]', 7),
    );
    expect(() => optimizers.check({ b: wrong }, 7)).toThrow(/step 7: the gradient b belongs to no parameter/);
    expect(optimizers.check({}, 7)).toEqual([]);
    expect(optimizers.check({ a }, 7)).toEqual(['group']);
    optimizers.dispose();
    tf.dispose([a, wrong]);
  });

  it('refuses the state of other optimizers, and keeps its own then', () => {
    const a = variable();
    const adam = createOptimizers(groupsOf({ a }), config({ kind: 'adam' }), onTensors);
    const sgd = createOptimizers(groupsOf({ a }), config({ kind: 'sgd', momentum: 0.9 }), onTensors);
    expect(() => adam.restore(sgd.state())).toThrow(CheckpointError);
    const saved = adam.state();
    expect(() =>
      adam.restore({ ...saved, 'group/a/firstMoment': { shape: [3], data: new Float32Array(3) } }),
    ).toThrow(/group\/a\/firstMoment has shape \[3\] in the checkpoint, \[2\] in this run/);
    const { 'group/a/count': _, ...incomplete } = saved;
    expect(() => adam.restore(incomplete)).toThrow(/lacks optimizer state group\/a\/count/);
    for (const optimizers of [adam, sgd]) optimizers.dispose();
    a.dispose();
  });
});

function groupsOf(variables: Record<string, tf.Variable>) {
  return { group: Object.entries(variables).map(([name, variable]) => ({ name, variable })) };
}

function config(settings: Record<string, unknown> = { kind: 'sgd' }) {
  return { group: { optimizer: optimizerSchema.parse(settings) } };
}

function bitsOf({ parameters, state }: ReturnType<typeof train>): string {
  const hash = createHash('sha256').update(parameters);
  for (const [name, values] of Object.entries(state)) hash.update(name).update(Float64Array.from(values));
  return hash.digest('hex');
}

/** What a checkpoint does: the views' content now. */
function copyOf(state: NamedArrays): NamedArrays {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
}

/** Steps on random gradients; after step `saveAfter` the optimizers are replaced by new ones with the saved state. */
function train(
  optimizer: OptimizerConfig,
  length: number,
  steps: number,
  kernels?: KernelPool,
  saveAfter?: number,
): { parameters: Float32Array; state: Record<string, ArrayLike<number>> } {
  const start = tf.tensor1d(randomVector(length, 1));
  const variable = tf.variable(start);
  start.dispose();
  const create = (): Optimizers =>
    createOptimizers(groupsOf({ a: variable }), { group: { optimizer } }, engineOn(kernels));
  let optimizers = create();
  for (let step = 1; step <= steps; step++) {
    const gradient = tf.tensor1d(randomVector(length, 1 + step));
    optimizers.apply('group', { a: gradient }, optimizer.learningRate / step);
    gradient.dispose();
    if (step === saveAfter) {
      const saved = copyOf(optimizers.state());
      optimizers.dispose();
      optimizers = create();
      optimizers.restore(saved);
    }
  }
  const parameters = Float32Array.from(variable.dataSync<'float32'>());
  const state = Object.fromEntries(
    Object.entries(optimizers.state()).map(([name, { data }]) => [name, Array.from(data)]),
  );
  optimizers.dispose();
  variable.dispose();
  return { parameters, state };
}
