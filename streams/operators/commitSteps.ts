/** The operator that ends a step: the pipeline takes note that it happened. */
import { type MonoTypeOperatorFunction, map } from 'rxjs';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';
import type { TrainStep } from '../step.ts';
import { stepErrorOf } from '../trainSteps.ts';

/**
 * Calls the pipeline's `commit` for every step: occupancy grid, counters. After it, the step has happened.
 *
 * - Timing: synchronous, one emission per source emission. Directly after the optimizers and schedulers, so that moving
 *   the parameters and committing are one section that nothing can come between.
 * - Ownership: passes the step on untouched.
 * - Errors: what `commit` throws arrives as `StepError`.
 * - Resume state: none; the pipeline's own is in {@link Pipeline.state}.
 *
 * @example source.pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers), commitSteps(pipeline))
 */
export function commitSteps<Step extends TrainStep>(
  pipeline: Pick<Pipeline, 'commit'>,
): MonoTypeOperatorFunction<Step> {
  return map((step) => {
    try {
      pipeline.commit?.(step.step);
    } catch (cause) {
      throw stepErrorOf(cause, step.step, "the pipeline's commit");
    }
    return step;
  });
}
