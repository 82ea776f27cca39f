/** Moves the parameters. */
import { map, type OperatorFunction } from 'rxjs';
import type { Optimizers } from '../../src/optimizers/optimizers.ts';
import type { Schedulers } from '../../src/schedulers/schedulers.ts';
import type { AppliedStep, TrainStep } from '../step.ts';

/**
 * Moves every parameter group that has gradients in the step, once, by the rate in force.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: leases `gradients` and may overwrite them; disposes nothing.
 * - Errors: a gradient that fits no parameter errors the stream with `StepError`; no group has moved then.
 * - Resume state: the optimizers' `state()`.
 *
 * @example trainSteps(pipeline).pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers))
 */
export function applyOptimizers(
  optimizers: Optimizers,
  schedulers: Pick<Schedulers, 'learningRate'>,
): OperatorFunction<TrainStep & Partial<Pick<AppliedStep, 'gradientNorms'>>, AppliedStep> {
  return map((step) => {
    const steppedGroups = optimizers.check(step.gradients, step.step);
    const learningRates = Object.fromEntries(
      optimizers.groups.map((group) => [group, schedulers.learningRate(group)]),
    );
    for (const group of steppedGroups)
      optimizers.apply(group, step.gradients, learningRates[group] as number);
    return { ...step, steppedGroups, learningRates, gradientNorms: step.gradientNorms ?? {} };
  });
}
