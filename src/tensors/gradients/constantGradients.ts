/**
 * What is constant almost everywhere passes no gradient on: comparisons, rounding, numbers of elements. The tape has to be told so, or
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

const jumps = [
  ...[
    tf.Ceil,
    tf.Floor,
    tf.Round,
    tf.Sign,
    tf.Step,
    tf.IsFinite,
    tf.IsInf,
    tf.IsNan,
    tf.ZerosLike,
    tf.OnesLike,
  ],
  ...[tf.ArgMax, tf.ArgMin],
];

const zero = (input: tf.Tensor) => () => tf.fill(input.shape, 0);

/**
 * Zero gradients of comparisons, of functions that only jump (`floor`, `sign`, `argMax`, ...) and, as conditions, of their combinations (`logicalAnd`, `all`, ...). Combinations refuse to be
 * differentiated as if they were numbers: that is an error in the library, and stays one.
 */
export const constantGradients: readonly tf.GradConfig[] = [
  ...comparisons.map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_dy, saved) => ({ a: zero(saved[0]!), b: zero(saved[1]!) }),
    }),
  ),
  ...jumps.map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (_dy, saved) => ({ x: zero(saved[0]!) }),
    }),
  ),
  {
    kernelName: tf.OneHot,
    inputsToSave: ['indices'],
    gradFunc: (_dy, saved) => ({ indices: zero(saved[0]!) }),
  },
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
