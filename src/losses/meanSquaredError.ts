/** Mean squared error of tensors. */
import * as tf from '../tensors/tf.ts';

/** Mean of (prediction - target)^2. @param prediction,target float32 of one shape @returns scalar; the caller disposes it */
export function meanSquaredError(prediction: tf.Tensor, target: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.square(tf.sub(prediction, target))) as tf.Scalar);
}
