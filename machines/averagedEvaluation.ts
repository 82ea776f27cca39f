/** Lets evaluations see the averages of parameters where the optimizers keep some. */
import { withAverages } from '../src/optimizers/withAverages.ts';
import type { Pipeline, RenderRequest } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { NamedArrays } from '../src/tensors/namedArrays.ts';

/** What evaluates and renders. */
export type Evaluator = Pick<Pipeline, 'evalBatch' | 'evalImage' | 'render' | 'views'>;

/**
 * The pipeline's evaluations and renderings, each made while every parameter with an average (`ema`) holds it; between two of them the
 * parameters are what was trained, so that an evaluation can be left at any time.
 * @param optimizerState the optimizers' `state()`
 */
export function withAveragedEvaluation(
  engine: Engine,
  pipeline: Pipeline,
  optimizerState: () => NamedArrays,
): Evaluator {
  const { groups, views } = pipeline;
  const averaged = <T>(evaluate: () => T): T => {
    engine.activate();
    return withAverages(engine, groups, optimizerState(), evaluate);
  };
  return {
    ...(pipeline.evalBatch && {
      evalBatch: (step: number) => averaged(() => pipeline.evalBatch?.(step) ?? {}),
    }),
    ...(pipeline.evalImage && { evalImage: (index: number) => averaged(() => pipeline.evalImage?.(index)) }),
    ...(pipeline.render && {
      render: (request: RenderRequest) => eachTurn(pipeline.render!(request), averaged),
    }),
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
