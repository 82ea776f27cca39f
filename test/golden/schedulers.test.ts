/** Every learning-rate curve of schedulers.json, within 1e-6 relative. */
import { describe, expect, it } from 'vitest';
import { createSchedulers } from '../../src/schedulers/createSchedulers.ts';
import type { SchedulerConfig } from '../../src/schedulers/schedulerSchema.ts';
import { readReference } from '../support/referenceDir.ts';
import { fromReferenceScheduler } from '../support/referenceSchedulers.ts';

interface SchedulerCase {
  readonly family: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly lrInit: number;
  /** The rate in force during `steps[i]`, or during every step where `losses` are given. */
  readonly lr: readonly number[];
  readonly steps?: readonly number[];
  readonly losses?: readonly number[];
}

const { cases } = readReference<{ cases: readonly SchedulerCase[] }>('schedulers.json');

describe('schedulers.json', () => {
  it.each(cases.map((one, index) => [`${index}: ${one.family} ${one.name}`, one] as const))(
    '%s',
    (_, one) => {
      const scheduler = fromReferenceScheduler(one.family, one.name, one.config);
      const rates = ratesOf(scheduler, one);
      const steps = one.steps ?? one.lr.map((_, step) => step);
      expect(steps).toHaveLength(one.lr.length);
      expect(steps.map((step) => rates[step])).toBeAllClose(one.lr, { rtol: 1e-6, atol: 1e-15 });
    },
  );

  it('was checked whole', () => {
    console.log(`schedulers.json: ${cases.length} cases checked`);
    expect(cases.length).toBeGreaterThan(0);
  });
});

/** The rate in force during each step, driven as the trainer does: read, step, report the loss. */
function ratesOf(scheduler: SchedulerConfig, { lrInit, steps, losses, lr }: SchedulerCase): number[] {
  const schedulers = createSchedulers({
    all: {
      optimizer: {
        kind: 'sgd',
        learningRate: lrInit,
        momentum: 0,
        dampening: 0,
        nesterov: false,
        weightDecay: 0,
      },
      scheduler,
    },
  });
  const rates: number[] = [];
  const last = steps ? Math.max(...steps) : lr.length - 1;
  for (let step = 0; step <= last; step++) {
    rates.push(schedulers.learningRate('all'));
    schedulers.step(['all']);
    const loss = losses?.[step];
    if (loss !== undefined) schedulers.observe('train/loss', loss);
  }
  return rates;
}
