/**
 * Comparisons and logic are constant almost everywhere: their gradient is zero. The tape needs to be told so, or
 * `where(greater(x, 0), ..)` has no gradient in x, although the condition passes none on.
 */
import * as tf from '../tf.ts';

const ofTwo = [
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.Equal,
  tf.NotEqual,
  tf.LogicalAnd,
  tf.LogicalOr,
];
const ofOne = [tf.LogicalNot, tf.All, tf.Any];

const zero = (input: tf.Tensor) => () => tf.zeros(input.shape);

/** Zero gradients of all comparisons, `logicalAnd`, `logicalOr`, `logicalNot`, `all` and `any`. */
export const comparisonGradients: readonly tf.GradConfig[] = [
  ...ofTwo.map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_dy, saved) => ({ a: zero(saved[0]!), b: zero(saved[1]!) }),
    }),
  ),
  ...ofOne.map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (_dy, saved) => ({ x: zero(saved[0]!) }),
    }),
  ),
];
