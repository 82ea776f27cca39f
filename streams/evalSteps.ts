/** The source of an evaluation: held-out rays or images, one at a time. */
import { EMPTY, Observable } from 'rxjs';
import type { ImageEvaluation, Pipeline } from '../src/pipeline/pipeline.ts';
import { stepErrorOf } from './trainSteps.ts';
import { type YieldTo, yieldToEventLoop } from './yieldToEventLoop.ts';

/** Metrics of a batch of held-out rays. */
export interface BatchEvaluated {
  readonly kind: 'batch';
  readonly metrics: Readonly<Record<string, number>>;
}

/** One held-out image. */
export interface ImageEvaluated {
  readonly kind: 'image';
  /** Position among the held-out images, from 0. */
  readonly index: number;
  readonly evaluation: ImageEvaluation;
}

export type EvalStep = BatchEvaluated | ImageEvaluated;

export interface EvalStepsOptions {
  /** `batch`: a batch of rays; `image`: one image; `all`: every image. */
  readonly scope: 'batch' | 'image' | 'all';
  /** Steps committed: chooses the rays of a batch. */
  readonly step: number;
  /** Which image `image` takes; counted on from the first one where there are fewer. Default 0. */
  readonly imageIndex?: number;
  /** How the event loop gets its turn before each image. Default: `setImmediate`. */
  readonly yieldTo?: YieldTo;
}

type Evaluator = Pick<Pipeline, 'evalRays' | 'evalImage' | 'views'>;

/**
 * Evaluates what `scope` says, one emission an image (or one for the batch), then completes.
 *
 * - Timing: every image is rendered in a macrotask of its own; unsubscribing leaves out the rest.
 * - Ownership: emissions are plain data and the receiver's.
 * - Errors: what the pipeline throws arrives as `StepError`. A pipeline that cannot evaluate completes without emission.
 * - Resume state: none.
 *
 * @example evalSteps(pipeline, { scope: 'all', step: 1000 }).subscribe(({ evaluation }) => show(evaluation.render))
 */
export function evalSteps(pipeline: Evaluator, options: EvalStepsOptions): Observable<EvalStep> {
  const { scope, step, imageIndex = 0, yieldTo = yieldToEventLoop } = options;
  if (scope === 'batch') {
    if (!pipeline.evalRays) return EMPTY;
    return inTurns(step, yieldTo, (turn) =>
      turn === 0 ? { kind: 'batch', metrics: pipeline.evalRays!(step) } : undefined,
    );
  }
  if (!pipeline.evalImage) return EMPTY;
  if (scope === 'all') return inTurns(step, yieldTo, (turn) => imageAt(pipeline, turn));
  return inTurns(step, yieldTo, (turn) => (turn === 0 ? oneImage(pipeline, imageIndex) : undefined));
}

/** One emission a turn of the event loop, until `produce` has nothing more. */
function inTurns(
  step: number,
  yieldTo: YieldTo,
  produce: (turn: number) => EvalStep | undefined,
): Observable<EvalStep> {
  return new Observable((subscriber) => {
    let turn = 0;
    let callOff = () => {};
    const next = (): void => {
      let result: EvalStep | undefined;
      try {
        result = produce(turn++);
      } catch (cause) {
        subscriber.error(stepErrorOf(cause, step, 'the evaluation'));
        return;
      }
      if (result) subscriber.next(result);
      else subscriber.complete();
      if (!subscriber.closed) callOff = yieldTo(next);
    };
    callOff = yieldTo(next);
    return () => callOff();
  });
}

function imageAt(pipeline: Evaluator, index: number): ImageEvaluated | undefined {
  const evaluation = pipeline.evalImage?.(index);
  return evaluation && { kind: 'image', index, evaluation };
}

function oneImage(pipeline: Evaluator, imageIndex: number): ImageEvaluated | undefined {
  const count = pipeline.views?.eval.length;
  if (count === undefined) return imageAt(pipeline, imageIndex) ?? imageAt(pipeline, 0);
  return count === 0 ? undefined : imageAt(pipeline, imageIndex % count);
}
