/** Tells learning-rate schedules that listen to a metric what a step measured. */
import { identity, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Schedulers } from '../../src/schedulers/schedulers.ts';
import { numberOf } from '../metricBus.ts';
import type { TrainStep } from '../step.ts';

/**
 * Hands `train/loss` (the sum), `train/loss/<term>` and `train/<metric>` to the schedules, those of `tags` that a step has.
 *
 * - Timing: synchronous; every source emission passes unchanged. After `stepSchedulers`: what a step measured decides the
 *   rate of the next one.
 * - Ownership: reads lazy numbers; touches no tensor.
 * - Errors: none of its own.
 * - Resume state: the schedulers' `state()`.
 *
 * @example source.pipe(stepSchedulers(schedulers), observeMetrics(schedulers, ['train/loss']))
 */
export function observeMetrics<Step extends TrainStep>(
  schedulers: Pick<Schedulers, 'observe'>,
  tags: readonly string[],
): MonoTypeOperatorFunction<Step> {
  const ofSteps = tags.filter((tag) => tag.startsWith('train/'));
  if (ofSteps.length === 0) return identity;
  return tap((step) => {
    for (const tag of ofSteps) {
      const value = measured(step, tag.slice('train/'.length));
      if (value !== undefined) schedulers.observe(tag, value);
    }
  });
}

function measured({ losses, metrics }: TrainStep, name: string): number | undefined {
  if (name === 'loss') return Object.values(losses).reduce<number>((sum, term) => sum + numberOf(term), 0);
  const value = name.startsWith('loss/') ? losses[name.slice('loss/'.length)] : metrics?.[name];
  return value === undefined ? undefined : numberOf(value);
}
