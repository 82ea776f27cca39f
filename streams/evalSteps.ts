/** The source of an evaluation: held-out rays or images, one at a time. */
import {
  concat,
  concatMap,
  defer,
  EMPTY,
  from,
  ignoreElements,
  Observable,
  type ObservableInput,
  of,
  repeat,
  takeWhile,
} from 'rxjs';
import type { EvaluationScope, ImageEvaluation, Pipeline } from '../src/pipeline/pipeline.ts';
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
  readonly scope: EvaluationScope;
  /** Steps committed: chooses the rays of a batch. */
  readonly step: number;
  /** Which image `image` takes; counted on from the first one where there are fewer. Default 0. */
  readonly imageIndex?: number;
  /**
   * Deals with each emission: the next image is not rendered before what this returns has completed (back-pressure), so
   * that however many images there are, one is in memory. Its errors are the stream's. Default: nothing to wait for.
   */
  readonly receive?: (result: EvalStep) => ObservableInput<unknown>;
  /** How the event loop gets its turn before each image. Default: `setImmediate`. */
  readonly yieldTo?: YieldTo;
}

type Evaluator = Pick<Pipeline, 'evalBatch' | 'evalImage' | 'views'>;

/**
 * Evaluates what `scope` says, one emission an image (or one for the batch), then completes.
 *
 * - Timing: every image is rendered in a macrotask of its own, once `receive` is done with the one before; unsubscribing
 *   leaves out the rest.
 * - Ownership: emissions are plain data and the receiver's.
 * - Errors: what the pipeline throws arrives as `StepError`. A pipeline that cannot evaluate completes without emission.
 * - Resume state: none.
 *
 * @example evalSteps(pipeline, { scope: 'all', step: 1000 }).subscribe(({ evaluation }) => show(evaluation.render))
 */
export function evalSteps(pipeline: Evaluator, options: EvalStepsOptions): Observable<EvalStep> {
  const { scope, step, imageIndex = 0 } = options;
  if (scope === 'batch') {
    if (!pipeline.evalBatch) return EMPTY;
    return inTurns(options, (turn) =>
      turn === 0 ? { kind: 'batch', metrics: pipeline.evalBatch!(step) } : undefined,
    );
  }
  if (!pipeline.evalImage) return EMPTY;
  if (scope === 'all') return inTurns(options, (turn) => imageAt(pipeline, turn));
  return inTurns(options, (turn) => (turn === 0 ? oneImage(pipeline, imageIndex) : undefined));
}

/** One emission a turn, until `produce` has nothing more; a turn begins when the last emission is dealt with. */
function inTurns(
  { step, receive = () => EMPTY, yieldTo = yieldToEventLoop }: EvalStepsOptions,
  produce: (turn: number) => EvalStep | undefined,
): Observable<EvalStep> {
  return defer(() => {
    let turn = 0;
    const result$ = inMacrotask(yieldTo, () => {
      try {
        return produce(turn++);
      } catch (cause) {
        throw stepErrorOf(cause, step, 'the evaluation');
      }
    });
    return result$.pipe(
      concatMap((result) =>
        concat(of(result), result ? from(receive(result)).pipe(ignoreElements()) : EMPTY),
      ),
      repeat(),
      takeWhile((result) => result !== undefined),
    );
  });
}

/** Emits what `work` returns, or errors with what it throws, in a later turn of the event loop. */
function inMacrotask<T>(yieldTo: YieldTo, work: () => T): Observable<T> {
  return new Observable((subscriber) =>
    yieldTo(() => {
      try {
        subscriber.next(work());
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    }),
  );
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
