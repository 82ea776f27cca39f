import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createMetricBus } from '../../../streams/metricBus.ts';
import type { MetricEvent, ScalarEvent } from '../../../streams/metricEvent.ts';
import { publishSteps } from '../../../streams/operators/publishSteps.ts';
import type { AppliedStep } from '../../../streams/step.ts';

function applied(step: number, rest: Partial<AppliedStep> = {}): AppliedStep {
  return {
    step,
    losses: { loss: 0.5 },
    gradients: {},
    steppedGroups: [],
    learningRates: {},
    gradientNorms: {},
    ...rest,
  };
}

/** A clock that the test sets. */
function setup() {
  const time = { milliseconds: 1_000 };
  const clock = { now: () => 5_000, monotonic: () => time.milliseconds };
  const bus = createMetricBus({ clock });
  const source = new Subject<AppliedStep>();
  const passed: AppliedStep[] = [];
  source.pipe(publishSteps(bus, clock)).subscribe((step) => passed.push(step));
  const events: MetricEvent[] = [];
  return {
    time,
    bus,
    source,
    passed,
    events,
    listen: () => bus.metrics$.subscribe((event) => events.push(event)),
  };
}

const valuesOf = (events: readonly MetricEvent[]) =>
  Object.fromEntries((events as ScalarEvent[]).map(({ tag, value }) => [tag, value]));

describe('publishSteps', () => {
  it('[ST6] publishes the sum of the losses, each term, metrics, times, rates and norms', () => {
    const { time, source, passed, events, listen } = setup();
    listen();
    const step = applied(10, {
      losses: { rgb: 0.25, distortion: () => 0.5 },
      metrics: { psnr: 21.5, rays: 4096 },
      learningRates: { encoding: 0.01, networks: 0.001 },
      gradientNorms: { encoding: 3, networks: 4 },
    });
    time.milliseconds += 250;
    source.next(step);
    expect(passed).toEqual([step]);
    expect(valuesOf(events)).toEqual({
      'train/loss': 0.75,
      'train/loss/rgb': 0.25,
      'train/loss/distortion': 0.5,
      'train/psnr': 21.5,
      'train/rays': 4096,
      'train/step_ms': 250,
      'train/rays_per_second': 16_384,
      'learning_rate/encoding': 0.01,
      'learning_rate/networks': 0.001,
      'gradient_norm/encoding': 3,
      'gradient_norm/networks': 4,
    });
    expect(new Set(events.map(({ step: at }) => at))).toEqual(new Set([10]));
  });

  it('[ST6] names a single term just train/loss, and says no rays per second without rays', () => {
    const { time, source, events, listen } = setup();
    listen();
    time.milliseconds += 2;
    source.next(applied(1, { losses: { huber: 0.125 } }));
    expect(valuesOf(events)).toEqual({ 'train/loss': 0.125, 'train/step_ms': 2 });
  });

  it('measures a step from the one before, whether or not anybody listened to that', () => {
    const { time, source, events, listen } = setup();
    time.milliseconds += 400;
    source.next(applied(1));
    listen();
    time.milliseconds += 30;
    source.next(applied(2));
    expect(valuesOf(events)['train/step_ms']).toBe(30);
  });

  it('[ST7] reads nothing when nobody listens', () => {
    const { source, listen } = setup();
    let reads = 0;
    const lazy = () => ++reads;
    const step = (number: number) => applied(number, { losses: { loss: lazy } });
    source.next(step(9));
    expect(reads).toBe(0);
    listen();
    source.next(step(11));
    expect(reads).toBe(1);
  });
});
