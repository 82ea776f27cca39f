/** The exponential whose gradient cannot explode (instant-ngp; nerfstudio's trunc_exp). */
import * as tf from '../tensors/tf.ts';

/**
 * exp(x); the gradient is that of exp, with x limited to -15..15 in it.
 * @param x float32 of any shape
 * @returns float32 of the same shape; the caller disposes it
 */
export function truncExp<T extends tf.Tensor>(x: T): T {
  const operation = tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: tf.exp(input as tf.Tensor),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(gradient, tf.exp(tf.clipByValue(saved[0] as tf.Tensor, -15, 15))),
    };
  });
  return operation(x) as T;
}
