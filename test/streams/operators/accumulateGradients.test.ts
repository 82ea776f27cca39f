import { of, Subject, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/errors.ts';
import { createKernelPool } from '../../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import {
  createGradientAccumulator,
  type GradientAccumulator,
} from '../../../src/optimizers/gradientAccumulator.ts';
import type { NamedArrays } from '../../../src/tensors/namedArrays.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import { sharedTensor } from '../../../src/tensors/sharedTensor.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { accumulateGradients } from '../../../streams/operators/accumulateGradients.ts';
import type { TrainStep } from '../../../streams/step.ts';
import { engineOn, onTensors } from '../../support/cpuBackend.ts';
import { freeStep, gradientStep, valuesOf, zeroParameter } from '../../support/gradientSteps.ts';
import { marbles } from '../../support/marbles.ts';

let kernels: KernelPool;
beforeAll(async () => {
  await selectCpuBackend();
  kernels = await createKernelPool({ threads: 2 });
});
afterAll(() => kernels.dispose());

const groups = () => ({
  slow: [zeroParameter('a', 2), zeroParameter('b', 1)],
  fast: [zeroParameter('c', 1)],
});
const config = { slow: { accumulateSteps: 3 }, fast: { accumulateSteps: 1 } };

/** a = [n, 0], b = [10 n], c = [n] in step n */
const stepNumber = (n: number) => gradientStep(n, { a: [n, 0], b: [10 * n], c: [n] });

describe('accumulateGradients', () => {
  it('emits every step, in order, and ends with the source', () => {
    const accumulator = createGradientAccumulator({}, {}, onTensors);
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const values = {
        a: { step: 1, losses: {}, gradients: {} },
        b: { step: 2, losses: {}, gradients: {} },
      };
      const source = hot('-a-b-|', values);
      expectObservable(source.pipe(accumulateGradients(accumulator))).toBe('-a-b-|', values);
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });

  it.each(['tensors', 'kernels'])('%s: gives the mean of three steps in the third', (where) => {
    const accumulator = createGradientAccumulator(
      groups(),
      config,
      engineOn(where === 'kernels' ? kernels : undefined),
    );
    expect([1, 2, 3, 4, 5, 6].map((n) => run(accumulator, stepNumber(n), where))).toEqual([
      { c: [1] },
      { c: [2] },
      { a: [2, 0], b: [20], c: [3] },
      { c: [4] },
      { c: [5] },
      { a: [5, 0], b: [50], c: [6] },
    ]);
    accumulator.dispose();
  });

  it('does not count a step without gradients of the group', () => {
    const accumulator = createGradientAccumulator(groups(), config, onTensors);
    run(accumulator, stepNumber(1));
    run(accumulator, gradientStep(2, {}));
    run(accumulator, gradientStep(3, { c: [3] }));
    run(accumulator, stepNumber(4));
    expect(run(accumulator, stepNumber(10))).toEqual({ a: [5, 0], b: [50], c: [10] });
  });

  it('takes a parameter that has no gradient in some of the steps as zero there', () => {
    const accumulator = createGradientAccumulator(groups(), config, onTensors);
    run(accumulator, gradientStep(1, { a: [3, 6] }));
    run(accumulator, gradientStep(2, { a: [3, 6] }));
    expect(run(accumulator, gradientStep(3, { b: [9] }))).toEqual({ a: [2, 4], b: [3] });
    run(accumulator, gradientStep(4, { b: [3] }));
    run(accumulator, gradientStep(5, { b: [3] }));
    expect(run(accumulator, gradientStep(6, { b: [3] }))).toEqual({ b: [3] });
  });

  it('adds a step that was discarded and comes again once', () => {
    const accumulator = createGradientAccumulator(groups(), config, onTensors);
    run(accumulator, stepNumber(1));
    // Somebody leaves in the middle of step 2: nothing behind the accumulator sees it.
    const second = stepNumber(2);
    const source = new Subject<TrainStep>();
    const seen: number[] = [];
    const subscription = source
      .pipe(
        accumulateGradients(accumulator),
        tap(() => subscription.unsubscribe()),
        tap(({ step }) => seen.push(step)),
      )
      .subscribe();
    source.next(second);
    expect(seen).toEqual([]);
    run(accumulator, stepNumber(2));
    expect(run(accumulator, stepNumber(3))).toEqual({ a: [2, 0], b: [20], c: [3] });
    expect(run(accumulator, stepNumber(3))).toEqual({ a: [2, 0], b: [20], c: [3] });
    freeStep(second);
  });

  it.each(['tensors', 'kernels'])('%s: goes on from a saved state', (where) => {
    const engine = engineOn(where === 'kernels' ? kernels : undefined);
    const unbroken = createGradientAccumulator(groups(), config, engine);
    const first = createGradientAccumulator(groups(), config, engine);
    for (const n of [1, 2]) run(first, stepNumber(n), where);
    const saved: NamedArrays = Object.fromEntries(
      Object.entries(first.state()).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
    const second = createGradientAccumulator(groups(), config, engine);
    second.restore(saved);
    for (const n of [1, 2]) run(unbroken, stepNumber(n), where);
    for (const n of [3, 4, 5, 6])
      expect(run(second, stepNumber(n), where)).toEqual(run(unbroken, stepNumber(n), where));
    for (const one of [unbroken, first, second]) one.dispose();
  });

  it('has no state where nothing accumulates, and refuses a state of others', () => {
    const plain = createGradientAccumulator(groups(), {}, onTensors);
    expect(plain.state()).toEqual({});
    plain.restore({});
    const accumulator = createGradientAccumulator(groups(), config, onTensors);
    expect(() => plain.restore(accumulator.state())).toThrow(CheckpointError);
    expect(() => accumulator.restore({})).toThrow(/lacks accumulated gradients/);
  });

  it('frees what it makes', () => {
    const accumulator = createGradientAccumulator(groups(), config, onTensors);
    const before = tf.memory().numTensors;
    for (const n of [1, 2, 3, 4]) run(accumulator, stepNumber(n));
    expect(tf.memory().numTensors).toBe(before);
  });

  /** The gradients that come out, and everything freed. */
  function run(
    accumulator: GradientAccumulator,
    step: TrainStep,
    where = 'tensors',
  ): Record<string, number[]> {
    const shared = Object.entries(where === 'kernels' ? step.gradients : {}).map(([name, tensor]) => {
      const copy = sharedTensor(kernels, tensor.shape);
      copy.data.set(onTensors.read(tensor));
      return [name, copy] as const;
    });
    const gradients =
      where === 'kernels'
        ? Object.fromEntries(shared.map(([name, { tensor }]) => [name, tensor]))
        : step.gradients;
    let values: Record<string, number[]> = {};
    of({ ...step, gradients })
      .pipe(accumulateGradients(accumulator))
      .subscribe((out) => {
        values = valuesOf(out.gradients);
      });
    for (const [, copy] of shared) copy.dispose();
    freeStep(step);
    return values;
  }
});
