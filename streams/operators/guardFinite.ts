/** Catches a loss or gradient that is not a number before it reaches the parameters. */
import { type MonoTypeOperatorFunction, map } from 'rxjs';
import { NonFiniteError } from '../../src/errors.ts';
import type { Engine, GradientMath } from '../../src/tensors/engine.ts';
import type { TrainStep } from '../step.ts';

/** What happens to a step that is not finite. */
export type NonFinitePolicy = 'error' | 'skip' | 'rollback';

export interface GuardFiniteOptions {
  /** Gradients are looked at in every n-th step, losses in each. @defaultValue 1 */
  readonly gradientsEverySteps?: number;
}

/**
 * Lets finite steps pass. With `skip`, a step that is not finite flows on without gradients, so that nothing moves, and is
 * marked `skipped`.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: reads the leased gradients, makes and disposes nothing.
 * - Errors: with `error` and `rollback`, a `NonFiniteError` that names the step and the loss term or parameter; whoever
 *   runs the stream then fails, or goes back to a checkpoint.
 * - Resume state: none.
 *
 * @example trainSteps(pipeline).pipe(guardFinite('skip', engine), applyOptimizers(optimizers, schedulers))
 */
export function guardFinite(
  policy: NonFinitePolicy,
  { gradients: math }: Pick<Engine, 'gradients'>,
  options: GuardFiniteOptions = {},
): MonoTypeOperatorFunction<TrainStep> {
  const { gradientsEverySteps = 1 } = options;
  return map((step) => {
    const where =
      nonFiniteLoss(step) ??
      (step.step % gradientsEverySteps === 0 ? nonFiniteGradient(step, math) : undefined);
    if (where === undefined) return step;
    if (policy !== 'skip') throw new NonFiniteError(step.step, where);
    return { ...step, gradients: {}, skipped: true };
  });
}

function nonFiniteLoss({ losses }: TrainStep): string | undefined {
  for (const [name, loss] of Object.entries(losses))
    if (!Number.isFinite(typeof loss === 'function' ? loss() : loss)) return `the loss ${name}`;
  return undefined;
}

function nonFiniteGradient({ gradients }: TrainStep, math: GradientMath): string | undefined {
  for (const [name, gradient] of Object.entries(gradients))
    if (!math.isFinite(gradient)) return `the gradient of ${name}`;
  return undefined;
}
