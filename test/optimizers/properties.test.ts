/** What holds for every optimizer, whatever the numbers. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { clipByGlobalNorm, clipByParameterNorm, clipByValue } from '../../src/optimizers/clipTransforms.ts';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { createGradientAccumulator } from '../../src/optimizers/gradientAccumulator.ts';
import type { OptimizerConfig } from '../../src/optimizers/optimizerSchema.ts';
import type { Transform } from '../../src/optimizers/transform.ts';
import { createSchedulers } from '../../src/schedulers/createSchedulers.ts';
import { type SchedulerConfig, schedulerSchema } from '../../src/schedulers/schedulerSchema.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { engineOn, onTensors } from '../support/cpuBackend.ts';
import { optimizerKinds } from '../support/optimizerKinds.ts';

let kernels: KernelPool;
beforeAll(async () => {
  await selectCpuBackend();
  kernels = await createKernelPool({ threads: 2 });
});
afterAll(() => kernels.dispose());

/** Both forms of every optimizer. */
const bothForms = optimizerKinds(0.02).flatMap(([title, optimizer]) =>
  (['reference', 'kernels'] as const).map((form) => ({ title, form, optimizer })),
);

const coordinate = fc.float({ min: -3, max: 3, noNaN: true });
const vector = fc.array(coordinate, { minLength: 1, maxLength: 5 });

describe('every optimizer decreases a convex function', () => {
  it.each(optimizerKinds())('%s', (_, optimizer) => {
    fc.assert(
      fc.property(
        vector,
        fc.array(fc.float({ min: 0.5, max: 2, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (start, curvature) => {
          const loss = (x: ArrayLike<number>) =>
            Array.from(x).reduce(
              (sum, value, index) => sum + (curvature[index] as number) * value * value,
              0,
            );
          fc.pre(loss(start) > 0.5);
          const run = machine({ ...optimizer, learningRate: rateOf(optimizer) }, start, { kind: 'constant' });
          for (let step = 0; step < 30; step++)
            run.step(run.values().map((value, index) => 2 * (curvature[index] as number) * value));
          expect(loss(run.values())).toBeLessThan(loss(start));
          run.dispose();
        },
      ),
      { numRuns: 8 },
    );
  });

  /** Small enough for a curvature of 4, large enough to be seen in 30 steps. */
  function rateOf({ kind }: OptimizerConfig): number {
    return kind === 'adadelta' ? 1 : 0.01;
  }
});

describe('clipping twice changes nothing more', () => {
  const clips: Record<string, () => Transform> = {
    clipByGlobalNorm: () => clipByGlobalNorm({ maxNorm: 1.5 }),
    clipByParameterNorm: () => clipByParameterNorm({ maxNorm: 1.5 }),
    clipByValue: () => clipByValue({ limit: 0.7 }),
  };
  it.each(Object.keys(clips))('%s', (name) => {
    const clip = (values: readonly number[]) => updateOf((clips[name] as () => Transform)(), values);
    fc.assert(
      fc.property(vector, (values) => {
        const once = clip(values);
        expect(clip(once)).toBeAllClose(once, { rtol: 1e-6, atol: 1e-9 });
      }),
      { numRuns: 30 },
    );
  });
});

describe('accumulation over k micro-batches', () => {
  it('equals one big batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.array(coordinate, { minLength: 30, maxLength: 30 }),
        (k, samples) => {
          // The gradient of the mean of (x - s)^2 over a batch is the mean of those over its parts of equal size.
          const gradientAt = (x: number, batch: readonly number[]) =>
            batch.reduce((sum, sample) => sum + 2 * (x - sample), 0) / batch.length;
          const size = 4;
          const big = samples.slice(0, k * size);
          const variable = tf.variable(tf.scalar(0.5));
          const groups = { group: [{ name: 'x', variable }] };
          const accumulator = createGradientAccumulator(groups, { group: { accumulateSteps: k } }, onTensors);
          const made: tf.Tensor[] = [];
          let mean: number | undefined;
          for (let part = 0; part < k; part++) {
            const gradient = tf.scalar(gradientAt(0.5, big.slice(part * size, (part + 1) * size)));
            const { x } = accumulator.add(part + 1, { x: gradient }, (tensor) =>
              made.push(tensor as tf.Tensor),
            );
            expect(x === undefined).toBe(part < k - 1);
            mean = x && onTensors.read(x)[0];
            gradient.dispose();
          }
          expect([mean as number]).toBeAllClose([gradientAt(0.5, big)], { rtol: 1e-5, atol: 1e-5 });
          tf.dispose([...made, variable]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

const schedules = [
  { kind: 'constant' },
  { kind: 'exponentialDecay', finalLearningRate: 1e-4, maxSteps: 9, warmupSteps: 3 },
  { kind: 'cosineDecay', warmupSteps: 2, maxSteps: 8 },
  { kind: 'multiStep', milestones: [2, 5] },
  { kind: 'step', stepSize: 3 },
  { kind: 'exponential', gamma: 0.8 },
  { kind: 'cosineAnnealing', halfPeriod: 4 },
  { kind: 'cosineAnnealingWarmRestarts', firstPeriod: 3, periodFactor: 2 },
  { kind: 'linear' },
  { kind: 'polynomial', totalSteps: 9, power: 2 },
  { kind: 'constantFactor' },
  { kind: 'oneCycle', maxLearningRate: 0.1, totalSteps: 9 },
  { kind: 'cyclic', maxLearningRate: 0.1, riseSteps: 2 },
  {
    kind: 'piecewise',
    points: [
      [0, 1],
      [5, 0.1],
    ],
  },
  { kind: 'reduceOnPlateau', patience: 0, cooldown: 1 },
  { kind: 'sequential', milestones: [4], schedules: [{ kind: 'linear' }, { kind: 'step', stepSize: 2 }] },
  { kind: 'warmup', steps: 4, schedule: { kind: 'reduceOnPlateau', patience: 1 } },
].map((settings) => schedulerSchema.parse(settings));

describe('saved and loaded at a random step, it goes on bit for bit', () => {
  it.each(bothForms)('$title ($form), with every schedule', ({ form, optimizer }) => {
    const on = form === 'kernels' ? kernels : undefined;
    fc.assert(
      fc.property(
        fc.constantFrom(...schedules),
        fc.integer({ min: 0, max: 9 }),
        fc.array(fc.array(coordinate, { minLength: 3, maxLength: 3 }), { minLength: 10, maxLength: 10 }),
        (scheduler, saveAt, gradients) => expectSameAfterLoading(optimizer, scheduler, saveAt, gradients, on),
      ),
      { numRuns: 6 },
    );
    for (const scheduler of schedules)
      expectSameAfterLoading(
        optimizer,
        scheduler,
        4,
        Array.from({ length: 10 }, (_, step) => [step - 4, 1, -0.5]),
        on,
      );
  });

  function expectSameAfterLoading(
    optimizer: OptimizerConfig,
    scheduler: SchedulerConfig,
    saveAt: number,
    gradients: readonly (readonly number[])[],
    on: KernelPool | undefined,
  ): void {
    const start = [0.5, -1, 2];
    const unbroken = machine(optimizer, start, scheduler, on);
    let broken = machine(optimizer, start, scheduler, on);
    gradients.forEach((gradient, step) => {
      if (step === saveAt) {
        const saved = broken.save();
        broken.dispose();
        broken = machine(optimizer, saved.values, scheduler, on);
        broken.load(saved);
      }
      unbroken.step(gradient);
      broken.step(gradient);
    });
    expect(broken.save()).toEqual(unbroken.save());
    unbroken.dispose();
    broken.dispose();
  }
});

interface Saved {
  readonly values: number[];
  readonly optimizers: NamedArrays;
  readonly schedulers: NamedArrays;
}

/** One parameter under one optimizer and schedule, driven as the trainer does. */
function machine(
  optimizer: OptimizerConfig,
  start: readonly number[],
  scheduler: SchedulerConfig,
  on?: KernelPool,
) {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([...start])));
  const config = { group: { optimizer, scheduler } };
  const optimizers = createOptimizers({ group: [{ name: 'x', variable }] }, config, engineOn(on));
  const schedulers = createSchedulers(config);
  const copy = (state: NamedArrays): NamedArrays =>
    Object.fromEntries(
      Object.entries(state).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
  const values = () => Array.from(variable.dataSync());
  return {
    values,
    step(gradient: readonly number[]) {
      const tensor = tf.tensor1d([...gradient]);
      optimizers.apply('group', { x: tensor }, schedulers.learningRate('group'));
      schedulers.step(['group']);
      schedulers.observe('train/loss', Math.abs(gradient[0] as number));
      tensor.dispose();
    },
    save: (): Saved => ({
      values: values(),
      optimizers: copy(optimizers.state()),
      schedulers: copy(schedulers.state()),
    }),
    load(saved: Saved) {
      optimizers.restore(saved.optimizers);
      schedulers.restore(saved.schedulers);
    },
    dispose() {
      optimizers.dispose();
      variable.dispose();
    },
  };
}

function updateOf(transform: Transform, values: readonly number[]): number[] {
  return tf.tidy(() => {
    const a = tf.tensor1d([...values]);
    const parameters = { a: tf.zerosLike(a) };
    const { updates } = transform.update({ a }, transform.init(parameters), parameters, 1);
    return Array.from((updates['a'] as tf.Tensor).dataSync());
  });
}
