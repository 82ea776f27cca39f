/** Quadratic for small errors, linear for large ones: outliers count less. */
import * as tf from '../tensors/tf.ts';

/**
 * Mean of `e^2 / 2` where |e| <= delta, else `delta (|e| - delta / 2)`, with e = prediction - target (Huber 1964; as torch's
 * HuberLoss).
 * @param prediction,target float32 of one shape
 * @param delta > 0
 * @returns scalar; the caller disposes it
 */
export function huberLoss(prediction: tf.Tensor, target: tf.Tensor, delta = 1): tf.Scalar {
  return tf.tidy(() => {
    const error = tf.abs(tf.sub(prediction, target));
    const quadratic = tf.minimum(error, delta);
    return tf.mean(
      tf.add(tf.mul(tf.square(quadratic), 0.5), tf.mul(tf.sub(error, quadratic), delta)),
    ) as tf.Scalar;
  });
}
