/** Moves the learning-rate schedules on. */
import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Schedulers } from '../../src/schedulers/schedulers.ts';
import type { AppliedStep } from '../step.ts';

/**
 * Counts one optimizer step of each group that moved; a group that is still accumulating, or that was skipped, keeps its
 * rate. The step keeps the rates that were in force in it.
 *
 * - Timing: synchronous; every source emission passes unchanged.
 * - Ownership: touches no tensor.
 * - Errors: a group that no schedule knows errors the stream with `ConfigError`.
 * - Resume state: the schedulers' `state()`.
 *
 * @param advance how many steps of its schedules a step stands for; default: one
 * @example trainSteps(pipeline).pipe(applyOptimizers(optimizers, schedulers), stepSchedulers(schedulers))
 */
export function stepSchedulers(
  schedulers: Pick<Schedulers, 'step'>,
  advance: () => number = () => 1,
): MonoTypeOperatorFunction<AppliedStep> {
  return tap(({ steppedGroups }) => schedulers.step(steppedGroups, advance()));
}
