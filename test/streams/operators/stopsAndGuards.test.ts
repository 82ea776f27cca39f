import { of } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLossScale } from '../../../src/optimizers/lossScale.ts';
import { createSpikeDetector } from '../../../src/optimizers/spikeDetector.ts';
import { createPatience } from '../../../src/schedulers/patience.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { earlyStop } from '../../../streams/operators/earlyStop.ts';
import { skipSpikes } from '../../../streams/operators/skipSpikes.ts';
import { unscaleGradients } from '../../../streams/operators/unscaleGradients.ts';
import type { TrainStep } from '../../../streams/step.ts';
import { onTensors } from '../../support/cpuBackend.ts';
import { freeStep, gradientStep, valuesOf } from '../../support/gradientSteps.ts';
import { marbles } from '../../support/marbles.ts';

beforeAll(selectCpuBackend);

const scalar = (tag: string, step: number, value: number): MetricEvent => ({
  kind: 'scalar',
  tag,
  step,
  value,
  wallTime: 0,
});

describe('earlyStop', () => {
  it('emits at the value that ends the patience, once, and leaves the source', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const metrics = hot('-a-x-b-c-d-|', {
        a: scalar('eval/psnr', 1, 20),
        x: scalar('train/loss', 2, 99),
        b: scalar('eval/psnr', 3, 20.005),
        c: scalar('eval/psnr', 4, Number.NaN),
        d: scalar('eval/psnr', 5, 30),
      });
      const patience = createPatience({ mode: 'max', patience: 1, minimumDelta: 0.01 });
      const reason = 'eval/psnr did not get better than 20 in 2 values';
      expectObservable(metrics.pipe(earlyStop('eval/psnr', patience))).toBe('-------(s|)', {
        s: { step: 4, reason },
      });
      expectSubscriptions(metrics.subscriptions).toBe('^------!');
    });
  });

  it('completes with the source if the metric keeps getting better', () => {
    marbles().run(({ cold, expectObservable }) => {
      const metrics = cold('a-b-c|', {
        a: scalar('train/loss', 1, 3),
        b: scalar('train/loss', 2, 2),
        c: scalar('train/loss', 3, 1),
      });
      const patience = createPatience({ mode: 'min', patience: 0, minimumDelta: 0 });
      expectObservable(metrics.pipe(earlyStop('train/loss', patience))).toBe('-----|');
    });
  });

  it('goes on from a saved state', () => {
    const first = createPatience({ mode: 'min', patience: 2, minimumDelta: 0 });
    expect([1, 2, 2].map(first.observe)).toEqual([false, false, false]);
    const second = createPatience({ mode: 'min', patience: 2, minimumDelta: 0 });
    second.restore(first.state());
    expect(second.observe(2)).toBe(true);
  });
});

describe('skipSpikes', () => {
  const step = (number: number, loss: number): TrainStep => ({
    step: number,
    losses: { a: loss / 2, b: () => loss / 2 },
    gradients: {},
  });

  it('marks a step whose loss leaps, and lets others pass as they are', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const detector = createSpikeDetector({ warmupSteps: 4 });
      for (const loss of [1, 1.2, 0.8, 1]) detector.observe(loss);
      const values = { a: step(1, 1.1), s: step(2, 50), b: step(3, 0.9) };
      const source = hot('-a-s-b-|', values);
      expectObservable(source.pipe(skipSpikes(detector))).toBe('-a-s-b-|', {
        ...values,
        s: { ...values.s, skipped: true },
      });
      expectSubscriptions(source.subscriptions).toBe('^------!');
    });
  });

  it('learns nothing from a step that another guard has skipped', () => {
    const detector = createSpikeDetector();
    detector.observe(1);
    const before = detector.state();
    const skipped = { ...step(2, Number.NaN), skipped: true };
    let passed: TrainStep | undefined;
    of<TrainStep>(skipped)
      .pipe(skipSpikes(detector))
      .subscribe((one) => {
        passed = one;
      });
    expect(passed).toBe(skipped);
    expect(detector.state()).toEqual(before);
  });

  it('takes spikes that persist for a new level', () => {
    const detector = createSpikeDetector({ warmupSteps: 4 });
    for (const loss of [1, 1.2, 0.8, 1]) detector.observe(loss);
    expect([9, 9, 9, 9, 9, 9, 9].map(detector.observe)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('goes on from a saved state', () => {
    const [first, second] = [
      createSpikeDetector({ warmupSteps: 2 }),
      createSpikeDetector({ warmupSteps: 2 }),
    ];
    for (const loss of [1, 1.1, 1]) first.observe(loss);
    second.restore(first.state());
    expect(second.state()).toEqual(first.state());
    expect(second.observe(9)).toBe(true);
  });
});

describe('unscaleGradients', () => {
  const run = (step: TrainStep, scale: ReturnType<typeof createLossScale>) => {
    let result: [Record<string, number[]>, boolean | undefined] | undefined;
    of(step)
      .pipe(unscaleGradients(scale, onTensors))
      .subscribe(({ gradients, skipped }) => {
        result = [valuesOf(gradients), skipped];
      });
    freeStep(step);
    return result;
  };

  it('divides by the scale in force, skips what overflowed, and halves and doubles the scale', () => {
    const before = tf.memory().numTensors;
    const scale = createLossScale({ initial: 8, growthSteps: 2 });
    expect(run(gradientStep(1, { a: [8, 16] }), scale)).toEqual([{ a: [1, 2] }, undefined]);
    expect(run(gradientStep(2, { a: [1], b: [Number.POSITIVE_INFINITY] }), scale)).toEqual([{}, true]);
    expect(scale.value).toBe(4);
    expect(run(gradientStep(3, { a: [4] }), scale)).toEqual([{ a: [1] }, undefined]);
    expect(run(gradientStep(4, { a: [4] }), scale)).toEqual([{ a: [1] }, undefined]);
    expect(scale.value).toBe(8);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('goes on from a saved state', () => {
    const scale = createLossScale({ growthSteps: 3 });
    for (const finite of [false, true, true]) scale.update(finite);
    const other = createLossScale({ growthSteps: 3 });
    other.restore(scale.state());
    other.update(true);
    expect(other.state()).toEqual([65_536, 0]);
  });

  it('keeps timing and subscriptions', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const values = { a: { step: 1, losses: {}, gradients: {} } };
      const source = hot('-a-a-|', values);
      expectObservable(source.pipe(unscaleGradients(createLossScale(), onTensors))).toBe('-a-a-|', values);
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });
});
