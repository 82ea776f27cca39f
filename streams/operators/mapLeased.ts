/** The building block of operators that hand on tensors of their own. */
import { concatMap, type OperatorFunction, of, using } from 'rxjs';
import type { EngineTensor } from '../../src/pipeline/pipeline.ts';

/**
 * `map` whose project function may make tensors that live as long as the emission.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: tensors given to `own` are disposed when the emission has returned, or on unsubscribe.
 * - Errors: what `project` throws errors the stream; what it had made by then is disposed.
 * - Resume state: none.
 *
 * @example source.pipe(mapLeased((step, own) => ({ ...step, doubled: own(engine.gradients.scale(step.value, 2)) })))
 */
export function mapLeased<In, Out>(
  project: (value: In, own: <T extends EngineTensor>(tensor: T) => T) => Out,
): OperatorFunction<In, Out> {
  return concatMap((value) =>
    using(
      () => {
        const made: EngineTensor[] = [];
        const unsubscribe = () => {
          for (const tensor of made) tensor.dispose();
        };
        try {
          const result = project(value, (tensor) => {
            made.push(tensor);
            return tensor;
          });
          return { result, unsubscribe };
        } catch (error) {
          unsubscribe();
          throw error;
        }
      },
      (lease) => of((lease as unknown as { result: Out }).result),
    ),
  );
}
