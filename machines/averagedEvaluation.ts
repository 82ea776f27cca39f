/** Lets evaluations see the averages of parameters where the optimizers keep some. */
import { holdAverages, withAverages } from '../src/optimizers/withAverages.ts';
import type { Pipeline, RenderRequest } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { NamedArrays } from '../src/tensors/namedArrays.ts';

/** What evaluates and renders. */
export interface Evaluator extends Pick<Pipeline, 'evalBatch' | 'evalImage' | 'render' | 'views'> {
  /** With the parameters as they are trained: nothing has to change places for it. For pictures that have to come fast. */
  readonly renderTrained?: Pipeline['render'];
}

/**
 * The pipeline's evaluations and renderings, each made while every parameter with an average (`ema`) holds it. After each the parameters are what was trained,
 * and after a rendering that is left (the generator's `return()`), too: it holds the averages from its first piece to its last.
 * @param optimizerState the optimizers' `state()`
 */
export function withAveragedEvaluation(
  engine: Engine,
  pipeline: Pipeline,
  optimizerState: () => NamedArrays,
): Evaluator {
  const { groups, views, render } = pipeline;
  const averaged = <T>(evaluate: () => T): T => {
    engine.activate();
    return withAverages(engine, groups, optimizerState(), evaluate);
  };
  const activated = (request: RenderRequest) =>
    eachTurn(render!(request), (turn) => {
      engine.activate();
      return turn();
    });
  function* renderAveraged(request: RenderRequest) {
    engine.activate();
    const bringBack = holdAverages(engine, groups, optimizerState());
    try {
      return yield* activated(request);
    } finally {
      engine.activate();
      bringBack();
    }
  }
  return {
    ...(pipeline.evalBatch && {
      evalBatch: (step: number) => averaged(() => pipeline.evalBatch?.(step) ?? {}),
    }),
    ...(pipeline.evalImage && { evalImage: (index: number) => averaged(() => pipeline.evalImage?.(index)) }),
    ...(render && { render: renderAveraged, renderTrained: activated }),
    ...(views && { views }),
  };
}

/** The same work, with every turn of it made within `during`. */
export function* eachTurn<Yield, Return>(
  work: Generator<Yield, Return>,
  during: (turn: () => IteratorResult<Yield, Return>) => IteratorResult<Yield, Return>,
): Generator<Yield, Return> {
  try {
    for (;;) {
      const { done, value } = during(() => work.next());
      if (done) return value;
      yield value;
    }
  } finally {
    work.return(undefined as never);
  }
}
