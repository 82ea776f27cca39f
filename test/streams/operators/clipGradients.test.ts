import { of, Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKernelPool } from '../../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import { createOptimizers } from '../../../src/optimizers/createOptimizers.ts';
import { optimizerSchema } from '../../../src/optimizers/optimizerSchema.ts';
import { transformSchema } from '../../../src/optimizers/transformSchema.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import { sharedTensor } from '../../../src/tensors/sharedTensor.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { numberOf } from '../../../streams/metricBus.ts';
import { applyOptimizers } from '../../../streams/operators/applyOptimizers.ts';
import {
  type ClippedStep,
  type ClipSettings,
  clipGradients,
} from '../../../streams/operators/clipGradients.ts';
import type { TrainStep } from '../../../streams/step.ts';
import { engineOn, onTensors } from '../../support/cpuBackend.ts';
import { freeStep, gradientStep, valuesOf, zeroParameter } from '../../support/gradientSteps.ts';
import { marbles } from '../../support/marbles.ts';

let kernels: KernelPool;
const groups = () => ({ g: [zeroParameter('a', 2), zeroParameter('b', 1)], other: [zeroParameter('c', 1)] });
beforeAll(async () => {
  await selectCpuBackend();
  kernels = await createKernelPool({ threads: 2 });
});
afterAll(() => kernels.dispose());

describe('clipGradients', () => {
  it('passes steps on in order and ends with the source', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const step = { step: 1, losses: {}, gradients: {} };
      const source = hot('-a-a-|', { a: step });
      expectObservable(source.pipe(clipGradients({}, {}, onTensors))).toBe('-a-a-|', {
        a: { ...step, gradientNorms: {} },
      });
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });

  it.each(['tensors', 'kernels'])('%s: scales a group to its norm, and leaves others', (where) => {
    const step = gradientStep(1, { a: [3, 0], b: [4], c: [100] });
    const { values, norms } = clip(step, { g: { clipNorm: 1 } }, where);
    expect(norms).toEqual({ g: 5 });
    expect(values['a']).toBeAllClose([0.6, 0]);
    expect(values['b']).toBeAllClose([0.8]);
    expect(values['c']).toEqual([100]);
    freeStep(step);
  });

  it.each(['tensors', 'kernels'])('%s: leaves a gradient that is within its norm, bit for bit', (where) => {
    const step = gradientStep(1, { a: [0.3, 0], b: [0.4] });
    expect(clip(step, { g: { clipNorm: 1 } }, where).values).toEqual(valuesOf(step.gradients));
    freeStep(step);
  });

  it.each(['tensors', 'kernels'])('%s: cuts elements, after the norm', (where) => {
    const step = gradientStep(1, { a: [3, 0], b: [-4] });
    expect(clip(step, { g: { clipValue: 3.5 } }, where).values).toEqual({ a: [3, 0], b: [-3.5] });
    const both = clip(step, { g: { clipValue: 0.7, clipNorm: 1 } }, where);
    expect(both.values['b']).toBeAllClose([-0.7]);
    expect(both.values['a']).toBeAllClose([0.6, 0]);
    freeStep(step);
  });

  it('computes a norm that nothing needs only in steps in which it is wanted', () => {
    const seen: unknown[] = [];
    for (const number of [1, 2]) {
      const step = gradientStep(number, { a: [3, 0], b: [4] });
      of(step)
        .pipe(clipGradients(groups(), {}, onTensors, { norms: (at) => at === 2 }))
        .subscribe(({ gradientNorms }) => seen.push(gradientNorms));
      freeStep(step);
    }
    expect(seen).toEqual([{}, { g: 5 }]);
  });

  it.each(['tensors', 'kernels'])(
    '[ST6] %s: the norm is that before clipping, whatever transforms make of the gradients later',
    (where) => {
      const variable = tf.variable(tf.zeros([2]));
      const group = { g: [{ name: 'a', variable }] };
      const engine = engineOn(where === 'kernels' ? kernels : undefined);
      const settings = {
        optimizer: optimizerSchema.parse({ kind: 'sgd' }),
        transforms: [transformSchema.parse({ kind: 'clipByValue', limit: 0.25 })],
      };
      const optimizers = createOptimizers(group, { g: settings }, engine);
      const gradient = sharedTensor(kernels, [2]);
      gradient.data.set([3, 4]);
      const norms: number[] = [];
      of({ step: 1, losses: {}, gradients: { a: gradient.tensor } })
        .pipe(
          clipGradients(group, {}, engine, { norms: () => true }),
          applyOptimizers(optimizers, { learningRate: () => 1 }),
        )
        .subscribe(({ gradientNorms }) => norms.push(numberOf(gradientNorms['g']!)));
      expect(variable.dataSync()).toBeAllClose([-0.25, -0.25]);
      expect(norms).toEqual([5]);
      optimizers.dispose();
      gradient.dispose();
      variable.dispose();
    },
  );

  it('frees what it made when the emission has returned, also if the receiver leaves in it', () => {
    const parameters = groups();
    const step = gradientStep(1, { a: [3, 0], b: [4] });
    const before = tf.memory().numTensors;
    const source = new Subject<TrainStep>();
    let alive = 0;
    const disposed: unknown[] = [];
    const subscription = source
      .pipe(clipGradients(parameters, { g: { clipNorm: 1, clipValue: 0.1 } }, onTensors))
      .subscribe(({ gradients, step }) => {
        alive = tf.memory().numTensors - before;
        disposed.push(gradients['a']?.isDisposed);
        if (step === 2) subscription.unsubscribe();
      });
    for (const number of [1, 2]) {
      source.next({ ...step, step: number });
      expect(alive).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(before);
    }
    expect(disposed).toEqual([false, false]);
    expect(source.observed).toBe(false);
    freeStep(step);
  });

  it('clips idempotently, as far as torch does: its 1e-6 beside the norm makes the second factor a little less than 1', () => {
    const step = gradientStep(1, { a: [30, 1], b: [4] });
    const once = clip(step, { g: { clipNorm: 2 } }, 'tensors').values;
    const again = gradientStep(1, once);
    const twice = clip(again, { g: { clipNorm: 2 } }, 'tensors').values;
    for (const name of ['a', 'b'])
      expect(twice[name]).toBeAllClose(once[name] as number[], { rtol: 1e-6, atol: 0 });
    freeStep(step);
    freeStep(again);
  });

  function clip(step: TrainStep, config: Record<string, ClipSettings>, where: string) {
    const shared = Object.entries(step.gradients).map(([name, tensor]) => {
      const copy = sharedTensor(kernels, tensor.shape);
      copy.data.set(onTensors.read(tensor));
      return [name, copy] as const;
    });
    const source =
      where === 'kernels'
        ? { ...step, gradients: Object.fromEntries(shared.map(([name, { tensor }]) => [name, tensor])) }
        : step;
    let values: Record<string, number[]> = {};
    let norms: ClippedStep['gradientNorms'] = {};
    of(source)
      .pipe(clipGradients(groups(), config, engineOn(kernels)))
      .subscribe(({ gradients, gradientNorms }) => {
        values = valuesOf(gradients);
        norms = gradientNorms;
        if (where === 'kernels') expect(gradients['a']).toBe(source.gradients['a']);
      });
    for (const [, copy] of shared) copy.dispose();
    return { values, norms };
  }
});
