/** The operator that ends a step: the pipeline takes note that it happened. */
import { type MonoTypeOperatorFunction, map } from 'rxjs';
import type { RowFollower } from '../../src/optimizers/moveRows.ts';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';
import type { AppliedStep, TrainStep } from '../step.ts';
import { stepErrorOf } from '../trainSteps.ts';

/**
 * Calls the pipeline's `commit` for every step: occupancy grid, counters. After it, the step has happened. Where rows of parameters moved,
 * what `followers` (optimizers, accumulator) remember of them moves along.
 *
 * - Timing: synchronous, one emission per source emission. Directly after the optimizers and schedulers, so that moving
 *   the parameters and committing are one section that nothing can come between.
 * - Ownership: passes the step on untouched.
 * - Errors: what `commit` throws arrives as `StepError`.
 * - Resume state: none; the pipeline's own is in {@link Pipeline.state}.
 *
 * @example source.pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers), commitSteps(pipeline, [optimizers]))
 */
export function commitSteps<
  Step extends TrainStep & Partial<Pick<AppliedStep, 'steppedGroups' | 'learningRates'>>,
>(
  pipeline: Pick<Pipeline, 'commit'>,
  followers: readonly RowFollower[] = [],
): MonoTypeOperatorFunction<Step> {
  return map((step) => {
    try {
      pipeline.commit?.(
        step.step,
        ({ groups, from }) => {
          for (const group of groups) for (const follower of followers) follower.moveRows(group, from);
        },
        (group) => (step.steppedGroups?.includes(group) ? step.learningRates?.[group] : undefined),
      );
    } catch (cause) {
      throw stepErrorOf(cause, step.step, "the pipeline's commit");
    }
    return step;
  });
}
