import { from, of, tap } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { StepError } from '../../../src/errors.ts';
import { createOptimizers } from '../../../src/optimizers/createOptimizers.ts';
import { createGradientAccumulator } from '../../../src/optimizers/gradientAccumulator.ts';
import { optimizerSchema } from '../../../src/optimizers/optimizerSchema.ts';
import { createSchedulers } from '../../../src/schedulers/createSchedulers.ts';
import { schedulerSchema } from '../../../src/schedulers/schedulerSchema.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { accumulateGradients } from '../../../streams/operators/accumulateGradients.ts';
import { applyOptimizers } from '../../../streams/operators/applyOptimizers.ts';
import { guardFinite } from '../../../streams/operators/guardFinite.ts';
import { stepSchedulers } from '../../../streams/operators/stepSchedulers.ts';
import type { AppliedStep, TrainStep } from '../../../streams/step.ts';
import { onTensors } from '../../support/cpuBackend.ts';
import { freeStep, gradientStep, zeroParameter } from '../../support/gradientSteps.ts';
import { marbles } from '../../support/marbles.ts';

beforeAll(selectCpuBackend);

/** Two groups under plain SGD at rates 1 and 0.5, halved after every optimizer step. */
function setUp() {
  const groups = { one: [zeroParameter('a', 2)], two: [zeroParameter('b', 1)] };
  const scheduler = schedulerSchema.parse({ kind: 'exponential', gamma: 0.5 });
  const config = {
    one: { optimizer: optimizerSchema.parse({ kind: 'sgd', learningRate: 1 }), scheduler },
    two: { optimizer: optimizerSchema.parse({ kind: 'sgd', learningRate: 0.5 }), scheduler },
  };
  const optimizers = createOptimizers(groups, config, onTensors);
  const schedulers = createSchedulers(config);
  const values = () =>
    [...groups.one, ...groups.two].map(({ variable }) => Array.from(onTensors.read(variable)));
  return { groups, optimizers, schedulers, values };
}

describe('applyOptimizers', () => {
  it('moves each group that has gradients once, and says which and by what rate', () => {
    const { optimizers, schedulers, values } = setUp();
    const steps = [
      gradientStep(1, { a: [1, 2], b: [4] }),
      gradientStep(2, { b: [4] }),
      gradientStep(3, { a: [1, 0] }),
    ];
    const seen: AppliedStep[] = [];
    from(steps)
      .pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers))
      .subscribe((step) => seen.push(step));
    expect(seen.map(({ steppedGroups }) => steppedGroups)).toEqual([['one', 'two'], ['two'], ['one']]);
    expect(seen.map(({ learningRates }) => learningRates)).toEqual([
      { one: 1, two: 0.5 },
      { one: 0.5, two: 0.25 },
      { one: 0.5, two: 0.125 },
    ]);
    expect(values()).toEqual([[-1.5, -2], [-3]]);
    steps.forEach(freeStep);
  });

  it('keeps timing and subscriptions', () => {
    const { optimizers, schedulers } = setUp();
    const step: TrainStep = { step: 1, losses: {}, gradients: {} };
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-a-|', { a: step });
      const out = source.pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers));
      const applied = { ...step, steppedGroups: [], learningRates: { one: 1, two: 0.5 }, gradientNorms: {} };
      expectObservable(out, '^---!').toBe('-a-a', { a: applied });
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });

  it('moves no group when one of them cannot be moved', () => {
    const { optimizers, schedulers, values } = setUp();
    const step = gradientStep(5, { a: [1, 1], b: [1, 2, 3] });
    let caught: unknown;
    of(step)
      .pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers))
      .subscribe({
        error(error) {
          caught = error;
        },
      });
    expect(caught).toBeInstanceOf(StepError);
    expect(values()).toEqual([[0, 0], [0]]);
    expect(schedulers.learningRate('one')).toBe(1);
    freeStep(step);
  });

  it('does nothing when the receiver leaves before it', () => {
    const { optimizers, schedulers, values } = setUp();
    const step = gradientStep(1, { a: [1, 1], b: [1] });
    marbles().run(({ hot, flush }) => {
      const source = hot('a', { a: step });
      const subscription = source
        .pipe(
          tap(() => subscription.unsubscribe()),
          applyOptimizers(optimizers, schedulers),
          stepSchedulers(schedulers),
        )
        .subscribe();
      flush();
    });
    expect(values()).toEqual([[0, 0], [0]]);
    expect(schedulers.learningRate('one')).toBe(1);
    freeStep(step);
  });

  it('steps a schedule once per optimizer step: neither for micro-steps nor for skipped ones', () => {
    const { groups, optimizers, schedulers, values } = setUp();
    const accumulator = createGradientAccumulator(groups, { one: { accumulateSteps: 2 } }, onTensors);
    const steps = [1, 2, 3, 4].map((n) =>
      gradientStep(n, { a: [n, 0], b: [1] }, { loss: n === 3 ? Number.NaN : 1 }),
    );
    const rates: unknown[] = [];
    from(steps)
      .pipe(
        guardFinite('skip', onTensors),
        accumulateGradients(accumulator),
        applyOptimizers(optimizers, schedulers),
        stepSchedulers(schedulers),
      )
      .subscribe(({ step, skipped, steppedGroups, learningRates }) =>
        rates.push([step, skipped ?? false, steppedGroups, learningRates['one']]),
      );
    expect(rates).toEqual([
      [1, false, ['two'], 1],
      [2, false, ['one', 'two'], 1],
      [3, true, [], 0.5],
      [4, false, ['two'], 0.5],
    ]);
    expect(values()).toEqual([[-1.5, 0], [-0.875]]);
    steps.forEach(freeStep);
  });

  it('neither keeps nor frees tensors', () => {
    const { optimizers, schedulers } = setUp();
    const step = gradientStep(1, { a: [1, 1], b: [1] });
    const before = tf.memory().numTensors;
    from([step, step]).pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers)).subscribe();
    expect(tf.memory().numTensors).toBe(before);
    freeStep(step);
  });
});
