/** Lets evaluations see the averages of parameters where the optimizers keep some. */
import { withAverages } from '../src/optimizers/withAverages.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { NamedArrays } from '../src/tensors/namedArrays.ts';

/** What evaluates. */
type Evaluator = Pick<Pipeline, 'evalRays' | 'evalImage' | 'views'>;

/**
 * The pipeline's evaluations, each made while every parameter with an average (`ema`) holds it; between two of them the
 * parameters are what was trained, so that an evaluation can be left at any time.
 * @param optimizerState the optimizers' `state()`
 */
export function withAveragedEvaluation(
  engine: Engine,
  pipeline: Pipeline,
  optimizerState: () => NamedArrays,
): Evaluator {
  const { groups, views } = pipeline;
  const averaged = <T>(evaluate: () => T): T => withAverages(engine, groups, optimizerState(), evaluate);
  return {
    ...(pipeline.evalRays && { evalRays: (step: number) => averaged(() => pipeline.evalRays?.(step) ?? {}) }),
    ...(pipeline.evalImage && { evalImage: (index: number) => averaged(() => pipeline.evalImage?.(index)) }),
    ...(views && { views }),
  };
}
