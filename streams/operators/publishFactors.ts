/** The operator that records by what people multiplied the learning rates. */
import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Schedulers } from '../../src/schedulers/schedulers.ts';
import type { MetricBus } from '../metricBus.ts';
import type { AppliedStep } from '../step.ts';

/**
 * Publishes `learning_rate_factor/<group>` in the first step in which a group's factor is another than the one published
 * last (1 if none was); so a resumed run says in its first step which factors it goes on with.
 *
 * - Timing: synchronous; after the commit, so that a published step has happened.
 * - Ownership: touches no tensor.
 * - Errors: none of its own.
 * - Resume state: none; factors are part of the schedulers'.
 *
 * @example source.pipe(commitSteps(pipeline), publishFactors(bus, schedulers))
 */
export function publishFactors<Step extends AppliedStep>(
  bus: Pick<MetricBus, 'scalar' | 'latest'>,
  schedulers: Pick<Schedulers, 'factor'>,
): MonoTypeOperatorFunction<Step> {
  return tap(({ step, learningRates }) => {
    for (const group in learningRates) {
      const tag = `learning_rate_factor/${group}`;
      const factor = schedulers.factor(group);
      if (factor !== (bus.latest.get(tag) ?? 1)) bus.scalar(step, tag, factor);
    }
  });
}
