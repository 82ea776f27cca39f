/** Keeps a step whose loss leaps away from the parameters. */
import { type MonoTypeOperatorFunction, map } from 'rxjs';
import type { SpikeDetector } from '../../src/optimizers/spikeDetector.ts';
import type { TrainStep } from '../step.ts';

/**
 * A step whose loss is a spike flows on without gradients, so that nothing moves, marked `skipped`.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: touches no tensor; reads every loss term, but not those of a step that another guard has skipped.
 * - Errors: none of its own.
 * - Resume state: the detector's `state()`. It is made outside, so that it outlives the subscription.
 *
 * @example trainSteps(pipeline).pipe(skipSpikes(createSpikeDetector()), applyOptimizers(optimizers, schedulers))
 */
export function skipSpikes(detector: SpikeDetector): MonoTypeOperatorFunction<TrainStep> {
  return map((step) => {
    if (step.skipped) return step;
    const terms = Object.values(step.losses).map((loss) => (typeof loss === 'function' ? loss() : loss));
    const loss = terms.reduce((sum, term) => sum + term, 0);
    return detector.observe(loss) ? { ...step, gradients: {}, skipped: true } : step;
  });
}
