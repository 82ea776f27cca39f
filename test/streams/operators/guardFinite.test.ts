import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NonFiniteError } from '../../../src/errors.ts';
import { createKernelPool } from '../../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import { sharedTensor } from '../../../src/tensors/sharedTensor.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { guardFinite } from '../../../streams/operators/guardFinite.ts';
import type { TrainStep } from '../../../streams/step.ts';
import { engineOn, onTensors } from '../../support/cpuBackend.ts';
import { freeStep, gradientStep } from '../../support/gradientSteps.ts';
import { marbles } from '../../support/marbles.ts';

let kernels: KernelPool;
beforeAll(async () => {
  await selectCpuBackend();
  kernels = await createKernelPool({ threads: 2 });
});
afterAll(() => kernels.dispose());

const plain = (step: number, loss: number | (() => number) = 1): TrainStep => ({
  step,
  losses: { loss },
  gradients: {},
});

describe('guardFinite', () => {
  it('lets finite steps pass as they are', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const values = { a: plain(1), b: plain(2, () => 0.5) };
      const source = hot('-a-b-|', values);
      expectObservable(source.pipe(guardFinite('error', onTensors))).toBe('-a-b-|', values);
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });

  it.each(['error', 'rollback'] as const)(
    '%s: errors the stream with the step and the loss term',
    (policy) => {
      marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
        const values = { a: plain(1), b: plain(2, Number.NaN), c: plain(3) };
        const source = hot('-a-b-c-|', values);
        const expected = new NonFiniteError(2, 'the loss loss');
        expectObservable(source.pipe(guardFinite(policy, onTensors))).toBe('-a-#', { a: values.a }, expected);
        expectSubscriptions(source.subscriptions).toBe('^--!');
      });
    },
  );

  it('skip: the step flows on without gradients, marked', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const bad = plain(2, () => Number.POSITIVE_INFINITY);
      const values = { a: plain(1), b: bad, c: plain(3) };
      const source = hot('-a-b-c-|', values);
      expectObservable(source.pipe(guardFinite('skip', onTensors))).toBe('-a-b-c-|', {
        ...values,
        b: { ...bad, gradients: {}, skipped: true },
      });
      expectSubscriptions(source.subscriptions).toBe('^------!');
    });
  });

  it('sees a single bad element of a gradient, wherever it lies', () => {
    const before = tf.memory().numTensors;
    for (const length of [1, 3, 16_384 + 5])
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (const index of [0, length - 1]) {
          const values = new Array<number>(length).fill(1e30);
          values[index] = bad;
          const outside = gradientStep(4, { fine: [1, 2], table: values });
          expect(whereOf(outside)).toBe('the gradient of table');
          const shared = sharedTensor(kernels, [length]);
          shared.data.set(values);
          expect(whereOf({ ...outside, gradients: { table: shared.tensor } })).toBe('the gradient of table');
          shared.data.fill(3e38);
          expect(whereOf({ ...outside, gradients: { table: shared.tensor } })).toBeUndefined();
          shared.dispose();
          freeStep(outside);
        }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('can look at gradients less often', () => {
    const guard = (step: number) => {
      const bad = gradientStep(step, { a: [Number.NaN] });
      const where = whereOf(bad, 5);
      freeStep(bad);
      return where;
    };
    expect([4, 5, 6, 10].map(guard)).toEqual([
      undefined,
      'the gradient of a',
      undefined,
      'the gradient of a',
    ]);
  });

  /** What the guard complains about, on the kernels. */
  function whereOf(step: TrainStep, gradientsEverySteps = 1): string | undefined {
    let where: string | undefined;
    marbles().run(({ cold, flush }) => {
      cold('a', { a: step })
        .pipe(guardFinite('error', engineOn(kernels), { gradientsEverySteps }))
        .subscribe({
          error(error: NonFiniteError) {
            where = error.where;
          },
        });
      flush();
    });
    return where;
  }
});
