/** Makes one optimizer step of several training steps. */
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { GradientAccumulator } from '../../src/optimizers/gradientAccumulator.ts';
import type { TrainStep } from '../step.ts';
import { mapLeased } from './mapLeased.ts';

/**
 * Replaces the gradients of accumulating groups by the mean over their last steps when these are complete, and leaves
 * them out until then. Every step is emitted, so that each is counted and committed.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: may overwrite the leased gradients; what it makes is disposed when the emission has returned. The
 *   accumulator keeps its own sums.
 * - Errors: none of its own.
 * - Resume state: the accumulator's `state()`. It is made outside, so that it outlives the subscription (a pause), and a
 *   step that was discarded and comes again is not added twice.
 *
 * @example trainSteps(pipeline).pipe(accumulateGradients(accumulator), applyOptimizers(optimizers, schedulers))
 */
export function accumulateGradients(accumulator: GradientAccumulator): MonoTypeOperatorFunction<TrainStep> {
  return mapLeased((step, own) => ({
    ...step,
    gradients: accumulator.add(step.step, step.gradients, own),
  }));
}
