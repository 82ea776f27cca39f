/** The source of the training stream: one forward and backward pass after the other, never ahead of its subscriber. */
import { Observable } from 'rxjs';
import { NerfstreamError, StepError } from '../src/errors.ts';
import type { Pipeline, TrainStepOutput } from '../src/pipeline/pipeline.ts';
import type { TrainStep } from './step.ts';
import { type YieldTo, yieldToEventLoop } from './yieldToEventLoop.ts';

export interface TrainStepsOptions {
  /** The first step to compute, from 1: one more than the steps already committed. */
  readonly from: number;
  /** The last step; the stream completes after it. Default: none, it goes on until it is unsubscribed. */
  readonly until?: number;
  /** How the event loop gets its turn before each step. Default: `setImmediate`. */
  readonly yieldTo?: YieldTo;
}

/**
 * Computes training steps, one emission a step: losses, metrics and gradients; nothing has moved yet.
 *
 * - Timing: every step begins in a macrotask of its own, and the next one is not begun before the emission has returned.
 *   Unsubscribing before the emission discards the step.
 * - Ownership: gradients are leased from the pipeline until the emission returns.
 * - Errors: what the pipeline throws arrives as `StepError` naming the step (nerfstream's own errors as they are).
 * - Resume state: none beyond `from`.
 *
 * @example trainSteps(pipeline, { from: 1, until: 100 }).pipe(applyOptimizers(optimizers, schedulers), commitSteps(pipeline))
 */
export function trainSteps(
  pipeline: Pick<Pipeline, 'trainStep'>,
  { from, until = Number.POSITIVE_INFINITY, yieldTo = yieldToEventLoop }: TrainStepsOptions,
): Observable<TrainStep> {
  return new Observable((subscriber) => {
    let step = from;
    let callOff = () => {};

    const computeNext = (): void => {
      let output: TrainStepOutput;
      try {
        output = pipeline.trainStep(step);
      } catch (cause) {
        subscriber.error(stepErrorOf(cause, step));
        return;
      }
      if (subscriber.closed) return;
      const { losses, metrics, gradients } = output;
      subscriber.next({ step, losses, ...(metrics && { metrics }), gradients });
      step += 1;
      scheduleNext();
    };

    const scheduleNext = (): void => {
      if (subscriber.closed) return;
      if (step > until) subscriber.complete();
      else callOff = yieldTo(computeNext);
    };

    scheduleNext();
    return () => callOff();
  });
}

/** What went wrong in a step, as an error that names it; nerfstream's own errors stay as they are. */
export function stepErrorOf(cause: unknown, step: number, part = 'the pipeline'): NerfstreamError {
  if (cause instanceof NerfstreamError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StepError(`step ${step}: ${part} failed: ${message}`, step, { cause });
}
