/**
 * Truth values pass no gradient on: comparisons are constant almost everywhere. The tape has to be told so, or
 * `where(greater(x, 0), ..)` has no gradient in x, although the condition adds nothing to it.
 */
import { EngineError } from '../../errors.ts';
import * as tf from '../tf.ts';

const comparisons = [tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual, tf.Equal, tf.NotEqual];
const combinations = [
  { kernelName: tf.LogicalAnd, inputs: ['a', 'b'] },
  { kernelName: tf.LogicalOr, inputs: ['a', 'b'] },
  { kernelName: tf.LogicalNot, inputs: ['x'] },
  { kernelName: tf.All, inputs: ['x'] },
  { kernelName: tf.Any, inputs: ['x'] },
];

const zero = (input: tf.Tensor) => () => tf.fill(input.shape, 0);

/**
 * Zero gradients of comparisons and, as conditions, of their combinations (`logicalAnd`, `all`, ...). Combinations refuse to be
 * differentiated as if they were numbers: that is an error in the library, and stays one.
 */
export const comparisonGradients: readonly tf.GradConfig[] = [
  ...comparisons.map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_dy, saved) => ({ a: zero(saved[0]!), b: zero(saved[1]!) }),
    }),
  ),
  ...combinations.map(
    ({ kernelName, inputs }): tf.GradConfig => ({
      kernelName,
      inputsToSave: inputs,
      gradFunc: (dy, saved) => {
        if ((dy as tf.Tensor).dataSync<'float32'>().some((value) => value !== 0))
          throw new EngineError(
            `${kernelName} yields truth values, which have no gradient; choose by them with where(), or multiply comparisons that were cast to numbers`,
          );
        return Object.fromEntries(inputs.map((name, index) => [name, zero(saved[index]!)]));
      },
    }),
  ),
];
