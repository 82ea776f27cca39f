/** Takes the loss scale out of gradients again. */
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { LossScale } from '../../src/optimizers/lossScale.ts';
import type { EngineTensor } from '../../src/pipeline/pipeline.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import type { TrainStep } from '../step.ts';
import { mapLeased } from './mapLeased.ts';

/**
 * Divides gradients by the loss scale. A step with a gradient that is not finite flows on without gradients, marked `skipped`,
 * and the scale falls; the pipeline multiplies the next loss with the new one.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer. The scale changes before the step is emitted.
 * - Ownership: may overwrite the leased gradients; what it makes is disposed when the emission has returned.
 * - Errors: none of its own.
 * - Resume state: the scale's `state()`. It is made outside, so that it outlives the subscription.
 *
 * @example trainSteps(pipeline).pipe(unscaleGradients(lossScale, engine), clipGradients(pipeline.groups, config.groups, engine))
 */
export function unscaleGradients(
  lossScale: LossScale,
  { gradients: math }: Pick<Engine, 'gradients'>,
): MonoTypeOperatorFunction<TrainStep> {
  return mapLeased((step, own) => {
    const entries = Object.entries(step.gradients);
    const factor = 1 / lossScale.value;
    const finite = entries.every(([, gradient]) => math.isFinite(gradient));
    if (entries.length > 0) lossScale.update(finite);
    if (!finite) return { ...step, gradients: {}, skipped: true };
    const unscale = (gradient: EngineTensor) => {
      const result = math.scale(gradient, factor);
      return result === gradient ? gradient : own(result);
    };
    return {
      ...step,
      gradients: Object.fromEntries(entries.map(([name, gradient]) => [name, unscale(gradient)])),
    };
  });
}
